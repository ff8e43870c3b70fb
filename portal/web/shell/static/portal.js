// Small helps for those who have scripts; every page works without them. Words come from data attributes, so they are translated.
"use strict";

const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const later = (work, wait) => { let timer; return () => { clearTimeout(timer); timer = setTimeout(work, wait); }; };

function countCharacters(box) {
  const note = document.getElementById(box.id + "-count");
  if (!note) return;
  const show = () => {
    const left = Number(box.dataset.counter) - [...box.value.replace(/\r\n/g, "\n")].length;
    note.textContent = say(left < 0 ? note.dataset.over : note.dataset.left, { n: Math.abs(left).toLocaleString(document.documentElement.lang) });
    note.classList.toggle("over", left < 0);
  };
  note.setAttribute("aria-live", "polite");
  box.addEventListener("input", later(show, 300));
  if (box.value) show();
}

function showOther(form, note, fields, keepMine) {
  const said = document.createElement("p");
  const kept = document.createElement("details");
  const button = document.createElement("button");
  said.textContent = form.dataset.other;
  kept.append(Object.assign(document.createElement("summary"), { textContent: form.dataset.show }));
  for (const [name, text] of Object.entries(fields)) {
    const box = form.elements[name];
    if (!box || !box.labels || !text || box.value === text) continue;
    const words = document.createElement("div");
    words.append(Object.assign(document.createElement("strong"), { textContent: box.labels[0] ? box.labels[0].textContent : name }));
    for (const part of String(text).split(/\n+/)) words.append(Object.assign(document.createElement("p"), { textContent: part, dir: "auto" }));
    kept.append(words);
  }
  button.type = "button";
  button.className = "plain";
  button.textContent = form.dataset.mine;
  button.addEventListener("click", keepMine);
  note.replaceChildren(said, kept, button);
}

const sameWords = (mine, theirs) => Object.keys({ ...mine, ...theirs }).every((name) =>
  String(mine[name] || "").replace(/\r\n/g, "\n").trim() === String(theirs[name] || "").trim());

function keepDraft(form) {
  const note = document.createElement("div");
  note.className = "draft";
  note.setAttribute("role", "status");
  form.append(note);
  let changed = false;
  let sending = false;
  let busy = false;
  let choosing = false;
  let tried = [];
  const version = form.elements.draft_version;
  const save = async () => {
    if (!changed || sending || busy || choosing) return;
    changed = false;
    busy = true;
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    for (const secret of form.querySelectorAll("[type=password]")) data.delete(secret.name);
    const { csrf_token, form_key, step, keep, draft_version, ...typed } = Object.fromEntries(data);
    try {
      tried = [...tried.slice(-2), typed];
      const reply = await fetch(form.dataset.draft, { method: "POST", body: new URLSearchParams(data), keepalive: true, redirect: "error" });
      if (reply.status === 409 && version) return answer(await reply.json());
      if (!reply.ok) throw new Error(reply.status);
      if (version && reply.status === 200) version.value = (await reply.json()).version;
      tried = [typed];
      note.textContent = say(form.dataset.saved, { time: new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }) });
      if (changed) soon();
    } catch {
      changed = true;
      note.textContent = form.dataset.failed;
    } finally {
      busy = false;
    }
  };
  const answer = (other) => {
    const again = () => { version.value = other.version; choosing = false; changed = true; note.replaceChildren(); save(); };
    choosing = true;
    if (tried.some((one) => sameWords(one, other.fields))) setTimeout(again); // our own words: only the answer was lost
    else showOther(form, note, other.fields, again);
  };
  const soon = later(save, 2000);
  form.addEventListener("input", () => { changed = true; soon(); });
  form.addEventListener("submit", () => { sending = true; });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
  window.addEventListener("pageshow", () => { sending = false; });
}

function showProgress(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const note = form.querySelector(".sending") || form.appendChild(document.createElement("div"));
    note.className = "sending";
    note.setAttribute("role", "status");
    const bar = document.createElement("progress");
    const words = document.createElement("p");
    note.replaceChildren(bar, words);
    bar.max = 100;
    bar.setAttribute("aria-label", say(form.dataset.progress, { percent: 0 }));
    const data = new FormData(form, event.submitter);
    const button = event.submitter;
    if (button) button.disabled = true;
    const broken = () => { if (button) button.disabled = false; bar.remove(); words.textContent = form.dataset.broken; };
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.onprogress = ({ loaded, total }) => {
      bar.value = Math.round(100 * loaded / (total || 1));
      words.textContent = say(form.dataset.progress, { percent: bar.value });
    };
    request.onerror = broken;
    request.onload = () => {
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      if (!page.getElementById("main")) return broken();
      history.pushState(null, "", request.responseURL);
      addEventListener("popstate", () => location.reload(), { once: true });
      document.title = page.title;
      document.body.replaceWith(document.adoptNode(page.body));
      scrollTo(0, 0);
      start();
      (document.querySelector("[data-focus]") || document.getElementById("main")).focus();
    };
    request.send(data);
  });
}

function typing(target) {
  return target.closest("input:not([type=radio]):not([type=checkbox]), select, textarea, [contenteditable]");
}

function moveInQueue(step) {
  const links = [...document.querySelectorAll(".queue tbody tr")].map((row) => row.querySelector("a")).filter(Boolean);
  if (!links.length) return;
  const here = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  links[here < 0 ? 0 : Math.min(links.length - 1, Math.max(0, here + step))].focus();
}

const keysOff = () => { try { return localStorage.getItem("keys") === "off"; } catch { return false; } };

function pressed(event) {
  const dialog = document.getElementById("keys");
  if (!dialog || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && typing(event.target)) return event.target.blur();
  if (typing(event.target) || dialog.open) return;
  if (event.key === "?") return dialog.showModal();
  if (keysOff()) return;
  if (event.key === "j") return moveInQueue(1);
  if (event.key === "k") return moveInQueue(-1);
  const own = /^[a-z0-9]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
  if (own) { event.preventDefault(); own.focus(); }
}

function keySwitch() {
  const button = document.getElementById("keys-switch");
  if (!button) return;
  const { on, off } = document.getElementById("keys").dataset;
  const show = () => { button.textContent = keysOff() ? on : off; };
  button.addEventListener("click", () => { try { localStorage.setItem("keys", keysOff() ? "on" : "off"); } catch { /* kept nowhere */ } show(); });
  show();
}

function start() {
  document.querySelectorAll("[data-counter]").forEach(countCharacters);
  document.querySelectorAll("form[data-draft]").forEach(keepDraft);
  document.querySelectorAll("form[data-progress]").forEach(showProgress);
  keySwitch();
}

document.addEventListener("keydown", pressed);
start();
