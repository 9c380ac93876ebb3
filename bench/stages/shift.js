// Twelve hours in minutes: the page's own clock and timers are run from here, a simulated second a turn, and its
// feed is made here after the real one has given the first picture. Everything else of the page is as it is.
(() => {
  const RealSocket = window.WebSocket;
  const realNow = performance.now.bind(performance);
  const realDate = Date.now.bind(Date);
  const realTimeout = window.setTimeout.bind(window);
  const realInterval = window.setInterval.bind(window);
  const realFetch = window.fetch.bind(window);
  const offset = realDate() - realNow();

  // ── time ──────────────────────────────────────────────────────────────────────────────────────────────
  let warped = false;
  let now = realNow();
  let ids = 1_000_000;
  const timers = new Map();
  performance.now = () => (warped ? now : realNow());
  Date.now = () => Math.floor(performance.now() + offset);
  const put = (fn, wait, args, every) => {
    ids += 1;
    timers.set(ids, { at: performance.now() + Math.max(1, Number(wait) || 0), fn, args, every });
    return ids;
  };
  window.setTimeout = (fn, wait, ...args) => put(fn, wait, args, 0);
  window.setInterval = (fn, wait, ...args) => put(fn, wait, args, Math.max(1, Number(wait) || 0));
  window.clearTimeout = window.clearInterval = (id) => void timers.delete(id);
  const runTo = (until) => {
    for (;;) {
      let first = null;
      for (const [id, timer] of timers) if (timer.at <= until && (first === null || timer.at < first[1].at)) first = [id, timer];
      if (first === null) return;
      const [id, timer] = first;
      if (warped) now = Math.max(now, timer.at);
      if (timer.every > 0) timer.at += timer.every;
      else timers.delete(id);
      if (typeof timer.fn === "function") timer.fn(...timer.args);
    }
  };
  realInterval(() => warped || runTo(realNow()), 20);

  // ── the line ──────────────────────────────────────────────────────────────────────────────────────────
  let line = null;
  let first = null;
  class Line {
    static CONNECTING = 0;
    static OPEN = 1;
    static CLOSING = 2;
    static CLOSED = 3;
    constructor(url) {
      line = this;
      this.readyState = 0;
      this.real = new RealSocket(url);
      this.real.binaryType = "arraybuffer";
      this.real.onopen = () => {
        this.readyState = 1;
        this.onopen?.({});
      };
      this.real.onmessage = (message) => {
        if (warped) return;
        if (typeof message.data === "string" && message.data.startsWith('{"t":"snapshot"')) first = message.data;
        this.onmessage?.(message);
      };
      this.real.onclose = () => warped || this.onclose?.({});
    }
    send() {}
    close() {
      stage.drops += 1;
      this.readyState = 3;
      this.real.close();
    }
  }
  window.WebSocket = Line;

  // ── a region at work ──────────────────────────────────────────────────────────────────────────────────
  const STEPS = ["notified", "acknowledged", "en_route", "on_scene", "at_patient", "left_scene", "at_hospital", "handed_over", "cleared"];
  const PHASE = { notified: "assigned", acknowledged: "assigned", en_route: "assigned", on_scene: "on_scene", at_patient: "on_scene", left_scene: "transporting", at_hospital: "transporting", handed_over: "transporting", cleared: "closed" };
  let seed = 1;
  const chance = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  const pick = (from) => from[Math.floor(chance() * from.length)];
  let region = null;
  const begin = () => {
    const frame = JSON.parse(first);
    region = { epoch: frame.epoch, seq: frame.seq, calls: frame.incidents.filter((each) => each.ended_at_ms === null), units: frame.units, running: new Map(), number: frame.incidents.length };
    region.open = region.calls.length;
  };
  const serviceNow = () => Date.now();
  const event = (kind, changed) => {
    region.seq += 1;
    say({ t: "event", seq: region.seq, kind, at_ms: serviceNow(), incidents: [], units: [], assignments: [], alarms: [], ...changed });
  };
  const say = (frame) => line.onmessage?.({ data: JSON.stringify(frame) });
  const newCall = () => {
    region.number += 1;
    const like = pick(region.calls);
    const at = serviceNow();
    const call = { ...like, id: `shift-${region.number}`, number: region.number, phase: "waiting", assignments: [], called_at_ms: at, created_at_ms: at, norm_ends_ms: at + 1_200_000, arrived_at_ms: null, ended_at_ms: null, outcome: null, place: { ...like.place, label: `улица Смены, ${region.number}` } };
    region.calls.push(call);
    event("incident_created", { incidents: [call] });
  };
  const step = () => {
    if (region.calls.length < region.open) return newCall();
    const at = Math.floor(chance() * region.calls.length);
    const call = { ...region.calls[at] };
    const running = region.running.get(call.id);
    const time = serviceNow();
    if (!running) {
      const free = region.units.findIndex((unit) => unit.state === "free");
      const unit = { ...region.units[free], state: "notified", state_since_ms: time, assignment: `a-${call.id}`, incident: call.id };
      const assignment = { id: `a-${call.id}`, incident: call.id, unit: unit.id, status: "notified", times: { notified: time }, learned: { notified: time }, hospital: null, eta_s: 300, override_reason: null, recommended_rank: 1, by: "bench", inferred: {} };
      call.phase = "assigned";
      call.assignments = [assignment.id];
      region.units[free] = unit;
      region.calls[at] = call;
      region.running.set(call.id, { assignment, free });
      return event("crew_assigned", { incidents: [call], units: [unit], assignments: [assignment] });
    }
    const status = STEPS[STEPS.indexOf(running.assignment.status) + 1];
    const assignment = { ...running.assignment, status, times: { ...running.assignment.times, [status]: time }, learned: { ...running.assignment.learned, [status]: time } };
    const done = status === "cleared";
    const unit = { ...region.units[running.free], state: done ? "free" : status, state_since_ms: time, ...(done ? { assignment: null, incident: null } : {}) };
    call.phase = PHASE[status];
    if (status === "on_scene") call.arrived_at_ms = time;
    if (done) Object.assign(call, { ended_at_ms: time, outcome: "treated" });
    region.units[running.free] = unit;
    running.assignment = assignment;
    if (done) {
      region.calls.splice(at, 1);
      region.running.delete(call.id);
    } else region.calls[at] = call;
    event("status_changed", { incidents: [call], units: [unit], assignments: [assignment] });
  };
  const pulse = () => {
    const outlooks = {};
    for (const call of region.calls) if (!region.running.has(call.id)) outlooks[call.id] = { best_eta_s: 200 + 100 * chance(), unit: "7", soon: false, remaining_s: 600, cannot_meet: false, send: "7" };
    say({ t: "pulse", now_ms: serviceNow(), seq: region.seq, degraded: [], demo: null, ready: {}, proposals: [], marks: [], outlooks });
  };
  const positions = (turn) => {
    const count = region.units.length;
    const view = new DataView(new ArrayBuffer(16 + 16 * count));
    view.setUint8(0, 1);
    view.setUint8(1, 1);
    view.setUint32(4, count, true);
    view.setBigInt64(8, BigInt(serviceNow()), true);
    for (let i = 0; i < count; i += 1) {
      const at = 16 + 16 * i;
      view.setUint32(at, region.units[i].index, true);
      view.setInt32(at + 4, Math.round((55.75 + 0.3 * Math.sin(i * 1.7) * Math.sqrt(i / count)) * 1e7), true);
      view.setInt32(at + 8, Math.round((37.6 + 0.5 * Math.cos(i * 1.7 + turn / 20) * Math.sqrt(i / count)) * 1e7), true);
      view.setUint8(at + 12, (i * 7 + turn) % 240);
      view.setUint8(at + 13, 24);
    }
    line.onmessage?.({ data: view.buffer });
  };
  const press = (key, code) => {
    const to = document.activeElement ?? document.body;
    to.dispatchEvent(new KeyboardEvent("keydown", { key, code: code ?? `Key${key.toUpperCase()}`, bubbles: true, cancelable: true }));
  };
  let alarm = null;
  const alarmNow = (raised) => {
    alarm = raised ? { id: `alarm-${region.seq}`, kind: "panic", unit: "7", units: ["7"], raised_ms: serviceNow(), learned_ms: serviceNow(), acknowledged_ms: null, acknowledged_by: null, evidence: {} } : { ...alarm, acknowledged_ms: serviceNow(), acknowledged_by: "bench" };
    event(raised ? "alarm_raised" : "alarm_acknowledged", { alarms: [alarm] });
  };

  // What the desk asks for beside the feed.
  window.fetch = (input, init) => {
    const path = String(input);
    if (region && path === "/api/closures") return Promise.resolve(new Response('{"closures": []}', { status: 200, headers: { "Content-Type": "application/json" } }));
    const found = /^\/api\/incidents\/([^/]+)(\/recommendation)?$/.exec(path);
    if (!region || !found) return realFetch(input, init);
    const id = decodeURIComponent(found[1]);
    const time = serviceNow();
    const incident = region.calls.find((each) => each.id === id) ?? region.calls[0];
    const body = found[2]
      ? { incident: id, made_at_ms: time, degraded: false, degraded_why: null, left_out: [], soon: [], crews: region.units.slice(0, 10).map((unit, i) => ({ unit: unit.id, rank: i + 1, eta_s: 200 + 40 * i, distance_m: 2000 + 300 * i, position_age_s: 1, position: "live", state: unit.state, crew_kind: unit.crew_kind, kind_fit: "exact", within_norm: true, eta_worst_s: 210 + 40 * i, eta_p90_s: 260 + 40 * i, radius_m: 25, uncovered_s: 300, reasons: [{ code: "soonest", values: {} }] })) }
      : { incident, outlook: null, assignments: [], timeline: Array.from({ length: 12 }, (_, i) => ({ seq: i + 1, kind: "status_changed", at_ms: time - i * 1000, learned_ms: time - i * 1000, by: "bench", source: "crew", data: { unit: "7", status: STEPS[i % 9] } })) };
    return Promise.resolve(new Response(JSON.stringify(body), { status: 200, headers: { "Content-Type": "application/json" } }));
  };

  const channel = new MessageChannel();
  const breathe = () =>
    new Promise((done) => {
      channel.port1.onmessage = done;
      channel.port2.postMessage(0);
    });
  const stage = {
    drops: 0,
    seconds: 0,
    events: 0,
    /** Let so many simulated seconds pass; resolves when they have. */
    async pass(seconds) {
      if (!warped) {
        begin();
        now = realNow();
        warped = true;
        line.real.onclose = null;
        line.real.close();
      }
      for (let i = 0; i < seconds; i += 1) {
        const n = (stage.seconds += 1);
        const end = now + 1000;
        runTo(end);
        now = end;
        positions(n);
        if (n % 2 === 0) pulse();
        if (Math.floor(n * 0.2315) > stage.events) {
          stage.events += 1;
          step();
        }
        if (n % 20 === 0) press("j");
        if (n % 300 === 0) press("Escape", "Escape");
        if (n % 600 === 0) press("n");
        if (n % 600 === 30) press("Escape", "Escape");
        if (n % 900 === 0) press("/", "Slash");
        if (n % 900 === 15) press("Escape", "Escape");
        if (n % 1800 === 0) press("t");
        if (n % 1800 === 60) press("l");
        if (n % 2000 === 0) alarmNow(true);
        if (n % 2000 === 60 && alarm) alarmNow(false);
        // What waits for an answer gets it each second; the browser draws every other minute, which is its slowest work.
        await null;
        if (n % 120 === 0) {
          await breathe();
          await new Promise((done) => requestAnimationFrame(done));
        }
      }
      return { seconds: stage.seconds, events: stage.events, drops: stage.drops, calls: region.calls.length, rows: document.querySelectorAll(".callrow").length };
    },
  };
  window.skorayaShift = stage;
})();
