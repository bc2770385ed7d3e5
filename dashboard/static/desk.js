// The desk's behaviour. Everything works without it; it adds live updates, drafts and comfort.
// It tells its neighbours that a conversation is on the page by the event `desk:opened`.
const THEMES = ["auto", "light", "dark"];

function startTheme() {
  const button = document.getElementById("theme");
  if (!button) return;
  const root = document.documentElement;
  const label = button.querySelector(".label");
  const show = () => { label.textContent = button.dataset[root.dataset.theme]; };
  button.hidden = false;
  show();
  button.addEventListener("click", () => {
    root.dataset.theme = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
    const secure = location.protocol === "https:" ? ";Secure" : "";
    document.cookie = `theme=${root.dataset.theme};Path=/desk;Max-Age=31536000;SameSite=Lax${secure}`;
    show();
  });
}

function markSelected(id) {
  document.querySelectorAll("#rows a[aria-current]").forEach((row) => row.removeAttribute("aria-current"));
  const row = document.getElementById(`row-${id}`);
  if (!row) return;
  row.querySelector("a").setAttribute("aria-current", "true");
  row.classList.remove("unread");
  row.querySelector(".badge")?.remove();
}

function conversationShown(source) {
  const conversation = document.getElementById("conversation");
  const inbox = document.getElementById("main");
  if (!conversation?.dataset.id) return;
  inbox.dataset.open = "true";
  markSelected(conversation.dataset.id);
  const toEnd = !source?.matches(".earlier a");
  document.dispatchEvent(new CustomEvent("desk:opened", { detail: { toEnd } }));
  if (!source?.matches("#rows a")) return;
  const heading = document.getElementById("who");
  document.title = document.title.replace(/^.*?(?= · )/, heading.textContent);
  document.getElementById("announce").textContent = inbox.dataset.opened.replace("{}", heading.textContent);
  if (matchMedia("(max-width: 44.9375em)").matches) heading.focus();
}

// After a swap htmx names the target as the source when the source is gone, so it is remembered here.
let asked = null;
document.addEventListener("htmx:before:request", (event) => {
  if (event.target.id !== "suggestions") asked = event.target;  // these come by themselves
});

document.addEventListener("htmx:after:swap", (event) => {
  const { target } = event.detail.ctx;
  const id = typeof target === "string" ? target.slice(1) : target?.id;
  if (id !== "thread") return;
  conversationShown(asked);
  if (asked.matches("#reply, .conflict, .suggestion button")) document.getElementById("text")?.focus();
});

document.addEventListener("keydown", (event) => {
  const open = document.querySelector("#context.open, #context:target");
  if (event.key === "Escape" && open) {
    open.classList.remove("open");
    location.hash = "conversation";
    document.querySelector(".info-toggle")?.focus();
  }
});

// A long form is also sent from its text field; its page never loads itself anew, see `desk-live.js`.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-typed]");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

startTheme();
conversationShown(null);
