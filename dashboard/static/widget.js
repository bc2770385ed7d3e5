// The chat on any page of the city: <script src="https://.../widget.js" async></script>
// It adds a button; only a click loads the chat, in a frame of this script's own origin.
(() => {
  const origin = new URL(document.currentScript.src).origin;
  const german = !document.documentElement.lang.toLowerCase().startsWith("en");
  const words = german
    ? { open: "Chat öffnen", close: "Chat schließen", title: "Chat mit der Stadt" }
    : { open: "Open chat", close: "Close chat", title: "Chat with the city" };

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial; position: fixed; z-index: 2147483000; right: 20px; bottom: 20px; font: 600 16px/1.3 system-ui, sans-serif; }
    button { min-height: 48px; padding: 10px 20px; border: 2px solid #fff; border-radius: 99px; background: #2b4ab0; color: #fff; font: inherit; cursor: pointer; box-shadow: 0 2px 12px rgb(0 0 0 / .3); }
    button:hover { background: #213b91; }
    button:focus-visible { outline: 3px solid #2b4ab0; outline-offset: 2px; }
    .panel { position: fixed; right: 20px; bottom: 20px; width: min(400px, calc(100vw - 24px)); height: min(680px, calc(100dvh - 40px)); border-radius: 12px; background: Canvas; overflow: hidden; box-shadow: 0 6px 32px rgb(0 0 0 / .35); }
    .panel button { position: absolute; top: 10px; right: 10px; width: 40px; min-height: 40px; padding: 0; box-shadow: none; }
    iframe { width: 100%; height: 100%; border: 0; }
    [hidden] { display: none; }
    @media (max-width: 480px) { .panel { inset: 0; width: auto; height: auto; border-radius: 0; } }
    @media (forced-colors: active) { button, .panel { border: 2px solid; } }`);
  root.adoptedStyleSheets = [sheet];

  const opener = document.createElement("button");
  opener.type = "button";
  opener.textContent = words.open;
  opener.setAttribute("aria-haspopup", "dialog");

  const panel = document.createElement("div");
  panel.className = "panel";
  panel.hidden = true;
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", words.title);
  const closer = document.createElement("button");
  closer.type = "button";
  closer.textContent = "×";
  closer.setAttribute("aria-label", words.close);
  panel.append(closer);

  let frame = null;
  function open() {
    if (!frame) {
      frame = document.createElement("iframe");
      frame.title = words.title;
      frame.allow = "geolocation";
      frame.src = `${origin}/chat?embed=1&lang=${german ? "de" : "en"}`;
      panel.append(frame);
    }
    panel.hidden = false;
    opener.hidden = true;
    closer.focus();
  }
  function close() {
    panel.hidden = true;
    opener.hidden = false;
    opener.focus();
  }

  opener.addEventListener("click", open);
  closer.addEventListener("click", close);
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  addEventListener("message", (event) => {
    if (event.origin === origin && event.data === "stadtdraht:close") close();
  });
  root.append(opener, panel);
  document.body.append(host);
})();
