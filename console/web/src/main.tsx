import { render } from "preact";

render(<main data-testid="app">Skoraya</main>, document.getElementById("app")!);
