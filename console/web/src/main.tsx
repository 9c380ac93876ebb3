import { render } from "preact";
import { App } from "./app";
import { exposeDebug } from "./debug";
import { watchChoice } from "./detail";
import { startTicking } from "./socket";
import "./tokens.css";
import "./base.css";
import "./panes.css";
import "./pages.css";

startTicking();
watchChoice();
exposeDebug();
const root = document.getElementById("app");
if (root) render(<App />, root);
