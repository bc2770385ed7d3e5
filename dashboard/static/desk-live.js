// Live updates: one event stream per browser, fragments fetched when something changed.
// They never replace the composer, move the focus, or scroll the reader.
const RETRY = 4000;
const channel = new BroadcastChannel("desk-live");

let source = null;
let pendingList = null;
let listTimer, threadTimer, partsTimer, alarmTimer;

const byId = (id) => document.getElementById(id);

async function fragment(url) {
  const seen = document.hidden ? "0" : "1";
  const response = await fetch(url, { headers: { "HX-Request": "true", "Desk-Seen": seen } });
  const gone = response.redirected || response.status === 401;
  if (gone && !document.querySelector("form[data-typed]")) location.reload();  // what is typed would be lost
  if (gone || !response.ok) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// --- the list -------------------------------------------------------------------------------

function updateRow(old, fresh) {
  if (old.contains(document.activeElement) || old.innerHTML === fresh.innerHTML) return;
  old.className = fresh.className;
  old.replaceChildren(...fresh.childNodes);
  htmx.process(old);
}

function applyList(doc) {
  pendingList = null;
  byId("list-news").hidden = true;
  const current = byId("row-list");
  const fresh = doc.getElementById("row-list");
  if (!current || !fresh) {
    byId("rows").replaceWith(document.adoptNode(doc.getElementById("rows")));
    htmx.process(byId("rows"));
    return;
  }
  syncRows(current, fresh);
}

function syncRows(current, fresh) {
  const wanted = [...fresh.children];
  const ids = new Set(wanted.map((row) => row.id));
  [...current.children].forEach((row) => { if (!ids.has(row.id)) row.remove(); });
  wanted.forEach((row, index) => {
    const old = byId(row.id);
    if (old) updateRow(old, row);
    const node = old ?? document.adoptNode(row);
    if (current.children[index] !== node) current.insertBefore(node, current.children[index] ?? null);
    if (!old) htmx.process(node);
  });
}

function sameOrder(doc) {
  const order = (root) => [...root.querySelectorAll("#row-list > li")].map((row) => row.id).join();
  return order(document) === order(doc);
}

async function refreshList() {
  const list = byId("list");
  if (!list) return;
  const doc = await fragment(listAddress());
  if (!doc) return;
  swapPart("tabs", doc);
  const busy = byId("rows").matches(":hover") || byId("rows").contains(document.activeElement);
  if (!busy || sameOrder(doc)) return applyList(doc);
  pendingList = doc;
  byId("list-news").hidden = false;
}

function listAddress() {
  const query = new URLSearchParams(location.search);
  const id = byId("conversation")?.dataset.id;
  if (id) query.set("selected", id);
  return `/desk?${query}`;
}

// --- the open conversation --------------------------------------------------------------------

const atBottom = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < 40;

// A text that was begun keeps the version its author knew: sending it then shows what is newer.
function seen() {
  const { latest } = byId("conversation").dataset;
  const form = byId("reply");
  if (!form) return;
  if (latest && !form.elements.text.value.trim()) form.elements.version.value = latest;
  byId("news").hidden = true;
  delete byId("news").dataset.count;
}

function showNews(added) {
  const news = byId("news");
  if (!news) return;
  const count = Number(news.dataset.count ?? 0) + added;
  const button = news.querySelector("button");
  news.dataset.count = count;
  button.querySelector("span").textContent = count === 1 ? button.dataset.one : button.dataset.many.replace("{}", count);
  news.hidden = false;
}

function swapPart(id, doc) {
  const old = byId(id);
  const fresh = doc.getElementById(id);
  if (!old || !fresh || old.contains(document.activeElement) || old.innerHTML === fresh.innerHTML) return;
  old.replaceChildren(...fresh.childNodes);
  htmx.process(old);
}

// What is being read stays open, and what has the focus stays as it is.
function updateMessage(old, fresh) {
  const open = old.querySelector("details[open]");
  const reasons = fresh.querySelector("details");
  if (open && reasons) reasons.open = true;
  if (old.innerHTML === fresh.innerHTML || old.contains(document.activeElement)) return;
  old.replaceChildren(...fresh.childNodes);
}

async function refreshThread() {
  const conversation = byId("conversation");
  if (!conversation?.dataset.id) return;
  const doc = await fragment(conversation.dataset.url);
  const fresh = doc?.getElementById("conversation");
  if (!fresh || fresh.dataset.id !== byId("conversation")?.dataset.id) return;
  const log = byId("log");
  const follow = atBottom(log) && !document.hidden;
  let added = 0;
  for (const item of [...doc.querySelectorAll("#messages > li")]) {
    const old = byId(item.id);
    if (old) {
      updateMessage(old, item);
    } else {
      byId("messages").append(document.adoptNode(item));
      added += 1;
    }
  }
  swapPart("conversation-head", doc);
  swapPart("context", doc);
  if (added) renewSuggestions();
  byId("conversation").dataset.latest = fresh.dataset.version;
  if (follow) {
    log.scrollTop = log.scrollHeight;
    seen();
  } else if (added) {
    showNews(added);
  } else if (byId("news")?.hidden) {
    seen();
  }
}

function renewSuggestions() {
  const suggestions = byId("suggestions");
  if (suggestions && !suggestions.contains(document.activeElement)) htmx.trigger(suggestions, "fresh");
}

// Who reads the end goes on reading it when what stands below takes more room.
function opened(event) {
  const log = byId("log");
  let atEnd = event.detail.toEnd;
  if (atEnd) log.scrollTop = log.scrollHeight;
  log.addEventListener("scroll", () => {
    atEnd = atBottom(log);
    if (byId("news")?.hidden === false && atEnd) seen();
  }, { passive: true });
  new ResizeObserver(() => { if (atEnd) log.scrollTop = log.scrollHeight; }).observe(log);
}

// --- parts of other pages: `data-live` names the kind of change that concerns them -------------

async function refreshParts() {
  const doc = await fragment(location.pathname + location.search);
  document.querySelectorAll("[data-live]").forEach((part) => {
    const [rows, fresh] = [part, doc?.getElementById(part.id)].map((one) => one?.querySelector("ul.cards"));
    if (rows && fresh) syncRows(rows, fresh);
    else if (doc) swapPart(part.id, doc);
  });
}

// --- alarms -----------------------------------------------------------------------------------

async function refreshAlarms() {
  const line = await fragment("/desk/alarms/line");
  if (line) swapPart("alarm-line", line);
  if (!byId("alarms")) return;
  const page = await fragment(`/desk/alarms${location.search}`);
  if (page) swapPart("alarms", page);
}

// --- the stream ------------------------------------------------------------------------------

function changed(change) {
  if (!change.kind || change.kind === "alarm.changed") {
    clearTimeout(alarmTimer);
    alarmTimer = setTimeout(refreshAlarms, 50);
    if (change.kind) return;
  }
  clearTimeout(listTimer);
  listTimer = setTimeout(refreshList, 150);
  const open = byId("conversation")?.dataset.id;
  if (!change.conversation || String(change.conversation) === open) {
    clearTimeout(threadTimer);
    threadTimer = setTimeout(refreshThread, 50);
  }
  const parts = [...document.querySelectorAll("[data-live]")];
  if (parts.some((part) => !change.kind || part.dataset.live === change.kind)) {
    clearTimeout(partsTimer);
    partsTimer = setTimeout(refreshParts, 150);
  }
}

function connected(on) {
  const live = byId("live");
  const lost = live.dataset.state === "off";
  live.dataset.state = on ? "on" : "off";
  live.textContent = on ? live.dataset.on : live.dataset.off;
  byId("live-banner").hidden = on;
  if (on && lost) changed({});
}

function receive(message) {
  if ("ask" in message) {
    if (source) channel.postMessage({ connected: source.readyState === EventSource.OPEN });
  } else if ("connected" in message) {
    connected(message.connected);
  } else {
    changed(message);
  }
}

function tell(message) {
  channel.postMessage(message);
  receive(message);
}

function connect() {
  source = new EventSource(byId("live").dataset.events);
  source.addEventListener("open", () => tell({ connected: true }));
  source.addEventListener("change", (event) => tell(JSON.parse(event.data)));
  source.addEventListener("resync", () => tell({}));
  source.addEventListener("error", () => {
    tell({ connected: false });
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, RETRY);
  });
}

// Browsers open few connections per host: one tab reads the stream, the others are told.
function startLive() {
  channel.addEventListener("message", (event) => receive(event.data));
  document.addEventListener("click", (event) => {
    if (event.target.closest("#list-news button") && pendingList) applyList(pendingList);
    if (event.target.closest("#news button")) {
      byId("log").scrollTop = byId("log").scrollHeight;
      seen();
    }
  });
  if (!navigator.locks) return connect();
  channel.postMessage({ ask: true });
  navigator.locks.request("desk-live", () => {
    connect();
    return new Promise(() => {});
  });
}

document.addEventListener("desk:opened", opened);
startLive();
