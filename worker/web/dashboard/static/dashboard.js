// The pages work without this. With it, times go on, the page keeps itself up to date, and a form is sent once.
"use strict";
(() => {
  const units = [[86400, "d"], [3600, "h"], [60, "min"]];

  const tellSpan = (seconds) => {
    for (const [index, [length, unit]] of units.entries()) {
      if (seconds < length) continue;
      const whole = Math.floor(seconds / length);
      const next = units[index + 1];
      const rest = seconds % length;
      return next && rest >= next[0] && whole < 10
        ? `${whole} ${unit} ${Math.floor(rest / next[0])} ${next[1]}`
        : `${whole} ${unit}`;
    }
    return `${Math.floor(seconds)} s`;
  };

  // The server's clock counts: what a browser believes the time to be may be wrong by hours.
  const served = document.querySelector("footer time");
  const ahead = served ? Date.now() - Date.parse(served.dateTime) : 0;

  const tellTimes = () => {
    for (const time of document.querySelectorAll("time[data-near]")) {
      const seconds = (Date.parse(time.dateTime) - (Date.now() - ahead)) / 1000;
      const words = tellSpan(Math.abs(seconds));
      time.textContent = Math.abs(seconds) < 1 ? "now" : seconds > 0 ? `in ${words}` : `${words} ago`;
    }
  };
  setInterval(tellTimes, 15000);

  const isBusy = () =>
    document.hidden ||
    document.activeElement.closest("main form, main summary, main a") !== null ||
    document.querySelector("main .actions details[open]") !== null;

  const say = (words) => {
    if (document.querySelector(".stale")) return;
    const note = document.createElement("p");
    note.className = "flash warn stale";
    note.setAttribute("role", "status");
    note.textContent = words;
    document.querySelector("main").append(note);
  };

  const refresh = async () => {
    if (isBusy()) return;
    const main = document.querySelector("main");
    try {
      const answer = await fetch(location.href, { headers: { "X-Refresh": "1" }, redirect: "manual" });
      if (answer.type === "opaqueredirect") return say("Your session has ended: open the page again to log in.");
      if (!answer.ok) return say("This page is not up to date: the service does not answer as it should.");
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (isBusy()) return;
      const opened = new Map([...main.querySelectorAll("details")].map((each, index) => [index, each.open]));
      main.replaceChildren(...fresh.querySelector("main").childNodes);
      main.querySelectorAll("details").forEach((each, index) => {
        if (opened.has(index)) each.open = opened.get(index);
      });
      document.querySelector("footer").replaceChildren(...fresh.querySelector("footer").childNodes);
    } catch {
      say("This page is not up to date: the service cannot be reached.");
    }
  };
  const pause = Number(document.querySelector("main")?.dataset.refresh);
  if (pause > 0) setInterval(refresh, pause * 1000);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
})();
