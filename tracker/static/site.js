// Every page works without this file; it only makes some of them smoother.
(() => {
  "use strict";

  // How many duties are chosen, said in the bar at the bottom. The words come from the page.
  function count() {
    const bar = document.querySelector("[data-bulk]");
    if (!bar) return;
    // Not bar.id: a box that is named "id" stands in its way.
    const chosen = document.querySelectorAll(`input[type=checkbox][form="${bar.getAttribute("id")}"]:checked`).length;
    bar.classList.toggle("is-empty", chosen === 0);
    const words = bar.querySelector("[data-count]");
    if (words) words.textContent = chosen ? words.dataset.count.replace("#", chosen) : "";
  }
  document.addEventListener("change", count);
  document.addEventListener("htmx:after:swap", count);
  window.addEventListener("pageshow", count);

  // Choose or clear every box of a form at once.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose-all]");
    if (!button) return;
    const boxes = document.querySelectorAll(
      `input[type=checkbox][form="${button.dataset.chooseAll}"]:not(:disabled)`,
    );
    const all = [...boxes].every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
    count();
  });

  // A plain form is sent once: the second click of a double click finds the button asleep.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // A file on its way: how much of it has gone, then that the server reads it.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const bar = form.querySelector("progress.upload");
    if (!bar || !form.matches("[data-upload]") || !form.querySelector("input[type=file]")?.files.length) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    bar.hidden = false;
    request.upload.addEventListener("progress", (sent) => { bar.value = (100 * sent.loaded) / sent.total; });
    request.upload.addEventListener("load", () => bar.removeAttribute("value"));
    request.addEventListener("load", () => {
      if (request.status === 200 && request.responseURL !== form.action) window.location.assign(request.responseURL);
      else { document.documentElement.innerHTML = request.responseText; window.scrollTo(0, 0); }
    });
    request.addEventListener("error", () => { bar.hidden = true; delete form.dataset.sent; form.removeAttribute("data-upload"); form.submit(); });
    request.open("POST", form.action);
    request.send(new FormData(form));
  });

  for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // A part of a page was asked for, a whole page came (signed out meanwhile): open that page.
  document.addEventListener("htmx:before:response", (event) => {
    const answer = event.detail.ctx.response.raw;
    if (!answer.redirected) return;
    event.preventDefault();
    window.location.assign(answer.url);
  });

  // A text copied with one button; where the browser refuses, it is selected for the reader to copy.
  function offerCopies() {
    for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    const said = button.parentElement.querySelector("[role=status]");
    said.textContent = "";
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = button.dataset.copied;
    } catch {
      field.focus();
      field.select();
      said.textContent = document.execCommand("copy") ? button.dataset.copied : button.dataset.marked;
    }
  });
  offerCopies();
  document.addEventListener("htmx:after:swap", offerCopies);

  // The keyboard goes on where it was: at the card that was replaced, or, where a whole page took
  // the place of this one, at its top.
  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail.ctx.target;
    const whole = target === "body" || target === document.body;
    const now = whole ? document.querySelector("h1") : document.getElementById(target?.id);
    if (!now || (document.activeElement && document.activeElement !== document.body)) return;
    if (whole) window.scrollTo(0, 0);
    now.setAttribute("tabindex", "-1");
    now.focus({ preventScroll: !whole });
  });

  // "/" leads to the search box, but not while somebody types. It can be turned off (on /search).
  const slash = {
    get off() { try { return localStorage.getItem("slash") === "off"; } catch { return false; } },
  };
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || slash.off || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = "input:not([type=checkbox], [type=radio], [type=submit], [type=button]), textarea, select, [contenteditable]";
    if (event.defaultPrevented || event.target.closest?.(typing)) return;
    const box = document.querySelector("[aria-keyshortcuts='/']");
    if (!box) return;
    event.preventDefault();
    if (!box.getClientRects().length) { window.location.assign(box.form.action); return; }
    box.focus();
    box.select();
  });
  const keys = document.querySelector("[data-slash]");
  if (keys) {
    const button = keys.querySelector("button");
    const say = () => { button.textContent = slash.off ? button.dataset.on : button.dataset.off; };
    button.addEventListener("click", () => { localStorage.setItem("slash", slash.off ? "on" : "off"); say(); });
    say();
    keys.hidden = false;
  }
})();
