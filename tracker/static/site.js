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
  document.addEventListener("board:followed", count);
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

  // No answer came (a phone in a lift): the form stays as it is and says so.
  document.addEventListener("htmx:error", (event) => {
    const form = event.target.closest?.("form");
    if (!form) return;
    const said = document.createElement("p");
    said.className = "problem";
    said.setAttribute("role", "alert");
    said.dataset.said = "no-answer";
    said.textContent = document.querySelector("main").dataset.noAnswer;
    form.append(said);
  });
  document.addEventListener("htmx:before:request", (event) => {
    event.target.querySelector?.("[data-said=no-answer]")?.remove();
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

// The board: follows what happens, is walked by keys, tells of a cell before it is opened.
(() => {
  "use strict";
  const EVERY = 4000, LONGEST = 60000, MARKED = 8000;
  const live = document.querySelector("[data-live]");
  if (!live) return;
  const words = document.querySelector("[data-live-words]").dataset;
  const note = document.querySelector("[data-live-note]");
  const said = document.querySelector("[data-live-said]");
  let tag = `W/"${live.dataset.live}"`, failures = 0, timer = null, asking = false, over = false;
  let last = campusTime(document), awake = Date.now();

  function campusTime(page) { return page.querySelector("[data-live-at]")?.dataset.liveAt ?? ""; }

  // What is equal stays; what has the same shape is changed in place, so that focus, scrolling,
  // opened details and ticked boxes outlive it.
  function follow(old, now, changed) {
    if (old.isEqualNode(now)) return;
    const shaped = old.nodeType === 1 && now.nodeType === 1 && old.tagName === now.tagName;
    if (!shaped || old.id !== now.id) { old.replaceWith(now.cloneNode(true)); return; }
    const cell = old.matches(".board td");
    if (cell && seen(old) !== seen(now)) changed.push(old);
    const kept = old.matches("details") ? ["open"] : old.matches("a[tabindex]") ? ["tabindex"] : cell ? ["class"] : [];
    for (const { name } of [...old.attributes]) if (!now.hasAttribute(name) && !kept.includes(name)) old.removeAttribute(name);
    for (const { name, value } of [...now.attributes]) if (!kept.includes(name) || cell) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    const [before, after] = [[...old.childNodes], [...now.childNodes]];
    if (before.length === after.length) { before.forEach((node, place) => follow(node, after[place], changed)); return; }
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const where = focused?.id ? `#${CSS.escape(focused.id)}` : focused?.getAttribute("href") ? `[href="${CSS.escape(focused.getAttribute("href"))}"]` : null;
    const ticked = [...old.querySelectorAll("input[type=checkbox]:checked")].map((box) => [box.id, box.value]);
    const opened = [...old.querySelectorAll("details[open][id]")].map((one) => one.id);
    old.replaceChildren(...after.map((node) => node.cloneNode(true)));
    for (const box of old.querySelectorAll("input[type=checkbox]")) if (ticked.some(([id, value]) => id === box.id && value === box.value)) box.checked = true;
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    if (where) old.querySelector(where)?.focus({ preventScroll: true });
  }
  function seen(cell) { return cell.querySelector("a")?.getAttribute("aria-label") ?? ""; }

  function show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const now = page.querySelector("[data-live]");
    if (!now) { stop(words.reload); return; }
    const changed = [];
    follow(live, now, changed);
    last = campusTime(document);
    document.dispatchEvent(new CustomEvent("board:followed"));
    for (const cell of changed) {
      cell.classList.add("is-changed");
      setTimeout(() => cell.classList.remove("is-changed"), MARKED);
    }
    if (changed.length) said.textContent = changed.length === 1 ? words.one : words.many.replace("#", changed.length);
  }

  function say(text) { note.textContent = text.replace("#", last); note.hidden = !text; }
  // A page that somebody is filling in is left as it is: it only says that it is out of date.
  function tell() {
    over = true;
    const link = document.createElement("a");
    link.href = window.location.href;
    link.textContent = words.news;
    note.replaceChildren(link);
    note.classList.add("is-news");
    note.hidden = false;
    said.textContent = words.news;
  }
  function stop(text) { over = true; say(text); }
  function later(wait) { clearTimeout(timer); if (!over) timer = setTimeout(ask, wait * (0.9 + 0.2 * Math.random())); }

  async function ask() {
    if (asking || over || document.hidden) return;
    asking = true;
    const stays = "stay" in live.dataset && Date.now() - awake > 600000;
    if (stays) awake = Date.now();
    try {
      const answer = await fetch(window.location.href, {
        headers: { "X-Poll": stays ? "stay" : "look", "If-None-Match": tag }, cache: "no-store",
        credentials: "same-origin", signal: AbortSignal.timeout(15000),
      });
      if (answer.redirected) { over = true; window.location.assign(answer.url); return; }
      if (answer.status === 200) { show(await answer.text()); tag = answer.headers.get("ETag") ?? ""; }
      else if (answer.status === 204) { tell(); return; }
      else if (answer.status >= 400 && answer.status < 500) stop(words.reload);
      else if (answer.status !== 304) throw new Error(answer.status);
      if (!over) { failures = 0; say(""); }
    } catch {
      failures += 1;
      say(words.lost);
    } finally {
      asking = false;
      later(Math.min(EVERY * 2 ** failures, LONGEST));
    }
  }

  document.addEventListener("visibilitychange", () => { if (document.hidden) clearTimeout(timer); else ask(); });
  window.addEventListener("online", ask);
  window.addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
  later(EVERY);
})();

// Keys in the matrix: one stop for Tab, arrows from cell to cell.
(() => {
  "use strict";
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  let table = null;

  // Where each cell stands, merged ones at every row they cover.
  function plan() {
    const grid = [];
    [...table.tBodies[0].rows].forEach((row, down) => {
      grid[down] ??= [];
      let across = 0;
      for (const cell of [...row.cells].slice(1)) {
        while (grid[down][across]) across += 1;
        for (let n = 0; n < cell.rowSpan; n += 1) (grid[down + n] ??= [])[across] = cell;
      }
    });
    return grid;
  }
  const link = (cell) => cell?.querySelector(":scope > a");
  function stopAt(target) {
    for (const one of table.querySelectorAll("td > a, td > input")) one.tabIndex = -1;
    target.tabIndex = 0;
  }
  function place(grid, cell) {
    for (let down = 0; down < grid.length; down += 1) {
      const across = grid[down].indexOf(cell);
      if (across >= 0) return [down, across];
    }
    return [0, 0];
  }
  function first(grid, cells) { return cells.map(link).find(Boolean); }
  function target(grid, cell, event) {
    const [down, across] = place(grid, cell);
    if (event.key === "Home") return first(grid, event.ctrlKey ? grid.flat() : grid[down]);
    if (event.key === "End") return first(grid, (event.ctrlKey ? grid.flat() : [...grid[down]]).reverse());
    const [dy, dx] = STEPS[event.key];
    for (let y = down + dy, x = across + dx; grid[y]?.[x]; y += dy, x += dx) {
      if (grid[y][x] !== cell && link(grid[y][x])) return link(grid[y][x]);
    }
    return null;
  }
  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.(".board tbody td");
    if (!table || !cell || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.key === " ") {
      const box = cell.querySelector("input[type=checkbox]");
      if (box && event.target !== box) { event.preventDefault(); box.click(); }
      return;
    }
    if (!(event.key in STEPS) && event.key !== "Home" && event.key !== "End") return;
    if (event.ctrlKey && event.key in STEPS) return;
    event.preventDefault();
    const next = target(plan(), cell, event);
    if (next) { stopAt(next); next.focus(); }
  });
  function settle() {
    table = document.querySelector("table.board");
    if (!table?.tBodies.length || getComputedStyle(table).display !== "table") { table = null; return; }
    const now = table.contains(document.activeElement) && document.activeElement.matches("td > a") ? document.activeElement : table.querySelector("td > a[tabindex='0']") ?? table.querySelector("td > a");
    if (now) stopAt(now);
  }
  document.addEventListener("focusin", (event) => { if (table && event.target.matches("table.board td > a")) stopAt(event.target); });
  document.addEventListener("board:followed", settle);
  settle();
  for (const button of document.querySelectorAll("[data-choose-all='board-pick']")) button.hidden = false;
})();

// A card beside a cell that is pointed at or focused; Esc puts it away.
(() => {
  "use strict";
  const SHOW = 400, HIDE = 300;
  const kept = new Map();
  let card = null, owner = null, timer = null;
  const cell = (node) => node.closest?.("table.board tbody td > a");

  function hide() {
    clearTimeout(timer);
    card?.remove();
    owner?.removeAttribute("aria-describedby");
    card = owner = null;
  }
  function put(link, html) {
    hide();
    card = document.createElement("div");
    card.className = "cell-card";
    card.id = "cell-card";
    card.setAttribute("role", "tooltip");
    card.innerHTML = html;
    document.body.append(card);
    owner = link;
    link.setAttribute("aria-describedby", "cell-card");
    const box = link.getBoundingClientRect(), own = card.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left + box.width / 2 - own.width / 2, innerWidth - own.width - 8));
    const below = box.bottom + own.height + 8 < innerHeight;
    card.style.left = `${left}px`;
    card.style.top = `${Math.max(8, below ? box.bottom + 2 : box.top - own.height - 2)}px`;
  }
  async function want(link) {
    const asked = `${link.getAttribute("href")}/card`, known = link.getAttribute("aria-label") ?? "";
    let html = kept.get(known);
    if (html === undefined) {
      try {
        const answer = await fetch(asked, { headers: { "X-Poll": "look" }, signal: AbortSignal.timeout(8000) });
        if (answer.status !== 200 || answer.redirected) return;
        html = await answer.text();
      } catch { return; }
      kept.set(known, html);
    }
    if (wanted === link) put(link, html);
  }
  let wanted = null;
  function soon(link) {
    if (link === owner) { clearTimeout(timer); return; }
    wanted = link;
    clearTimeout(timer);
    timer = setTimeout(() => want(link), SHOW);
  }
  function leave() { wanted = null; clearTimeout(timer); timer = setTimeout(hide, HIDE); }
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const link = cell(event.target);
    if (link) soon(link);
    else if (card?.contains(event.target)) clearTimeout(timer);
    else if (owner || wanted) { if (document.activeElement !== owner) leave(); }
  });
  document.addEventListener("focusin", (event) => { const link = cell(event.target); if (link?.matches(":focus-visible")) soon(link); else if (owner) leave(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") { wanted = null; hide(); } });
  document.addEventListener("scroll", () => { if (card) hide(); }, { capture: true, passive: true });
  document.addEventListener("board:followed", () => kept.clear());
})();

// The wall: its whole matrix fits the screen, which stays awake.
(() => {
  "use strict";
  if (!document.body.matches(".wall")) return;
  const full = () => document.querySelector("[data-fullscreen]");
  function offer() { if (full()) full().hidden = !document.fullscreenEnabled || Boolean(document.fullscreenElement); }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-fullscreen]")) document.documentElement.requestFullscreen().catch(() => {});
  });
  document.addEventListener("fullscreenchange", offer);
  document.addEventListener("board:followed", offer);
  async function awake() { try { if (!document.hidden) await navigator.wakeLock?.request("screen"); } catch { /* not allowed: the screen's own settings hold */ } }
  document.addEventListener("visibilitychange", awake);
  const ends = document.querySelector("[data-ends]");
  const warn = () => { ends.hidden = new Date(ends.dataset.ends) - Date.now() > 1800000; };
  setInterval(warn, 30000);
  warn(); offer(); awake();
})();
