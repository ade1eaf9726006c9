/** Every page: htmx and the small behaviours of the frame. The diagram's code is fetched only where one is shown. */
import htmx from "htmx.org";
import { behaviour, mount } from "./page/mount.js";
import { startBulk } from "./page/bulk.js";
import { csrfToken, problemText } from "./page/request.js";
import { startDialogs } from "./page/dialogs.js";
import { startForms } from "./page/forms.js";
import { startKeyboard } from "./page/keyboard.js";
import { startMentions } from "./page/mention.js";
import { toast } from "./page/toast.js";

document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (request.method !== "GET") request.headers["X-CSRFToken"] = csrfToken();
});

// An answer that is not a page (problem details) is told, never swapped in.
document.addEventListener("htmx:after:request", (event) => {
  const { response, text } = event.detail.ctx;
  if (!/^application\/(problem\+)?json/.test(response.headers.get("Content-Type") ?? "")) return;
  event.preventDefault();
  const words = problemText(text);
  if (words) toast(words, { kind: response.status >= 400 ? "bad" : "" });
});

// Without a connection: the page's own words, from <body data-text-offline>.
document.addEventListener("htmx:error", (event) => {
  if (event.detail.error instanceof TypeError) toast(document.body.dataset.textOffline ?? "", { kind: "bad" });
});

// The server may answer with `HX-Trigger: {"toast": {"text": "…", "kind": "good"}}`.
document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, { kind: event.detail.kind ?? "" }));
document.addEventListener("htmx:before:swap", () => document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; }));

startDialogs();
startForms();
startBulk();
behaviour("textarea[data-mention-url]", startMentions);
startKeyboard();
behaviour("dialog[data-open]", (dialog) => dialog.showModal());
behaviour("[data-summary]", (box) => { box.tabIndex = -1; box.focus(); });
behaviour("[data-print]", (button) => button.addEventListener("click", () => window.print()));
behaviour("[data-copy]", (button) => button.addEventListener("click", async () => {
  await navigator.clipboard.writeText(button.dataset.copy);
  if (button.dataset.textCopied) toast(button.dataset.textCopied);
}));
behaviour("[data-diagram-url]", (box) => import("./diagram.js").then(({ showDiagram }) => showDiagram(box)));
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-summary] a[href^='#']");
  const target = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!target) return;
  event.preventDefault();
  for (let fold = target.closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])")) fold.open = true;
  target.scrollIntoView({ block: "center" });
  (target.matches("input, select, textarea, button") ? target : target.querySelector("input:not([type=hidden]), select, textarea, button"))?.focus({ preventScroll: true });
});
htmx.onLoad?.((element) => mount(element));
