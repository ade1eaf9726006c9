/** Dialogs and menus: open by `[data-dialog="id"]`, close by `[data-close]`, backdrop or Escape; menus close outside. */

function openDialog(event, opener) {
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!(dialog instanceof HTMLDialogElement)) return;
  event.preventDefault();
  const menu = opener.closest("details.menu[open]");
  if (menu) {
    menu.open = false;
    dialog.addEventListener("close", () => menu.querySelector("summary").focus(), { once: true });
  }
  if (!dialog.open) dialog.showModal();
}

function onClick(event) {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return;
  const opener = target.closest("[data-dialog]");
  if (opener) openDialog(event, opener);
  const closer = target.closest("dialog [data-close]");
  if (closer) closer.closest("dialog").close();
  if (target instanceof HTMLDialogElement && target.open && !target.hasAttribute("data-keep")) closeFromBackdrop(event, target);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
}

function closeFromBackdrop(event, dialog) {
  const box = dialog.getBoundingClientRect();
  const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside && event.detail > 0) dialog.close();
}

function onKey(event) {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
}

/** Listen on the document once. */
export function startDialogs() {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
}
