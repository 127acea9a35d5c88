/* The chat page. It draws bubbles, sends what the patient writes or taps, and follows what the server pushes.
   Texts are set with textContent only. Words come from knowledge/_page.yml with the session, never from here. */
"use strict";

(() => {
  const API = "/webhooks/web";
  const MAX_CHARACTERS = 4000;            // the server refuses more
  const LONG_CHARACTERS = 300;            // from here on a hint asks for a shorter question
  const POST_SECONDS = 30;
  const RETRY_MS = [1000, 2000, 4000, 8000, 15000, 30000];
  const TYPING_MS = 300;                  // an answer faster than this needs no typing sign
  const TIME_GAP_MS = 5 * 60 * 1000;      // bubbles further apart have a time between them
  const TOAST_MS = 6000;
  const STYLES = {emergency: "emergency", emergency_check: "emergency", scam_warning: "scam"};
  const LABELS = {emergency: ["label_emergency", "warning"], scam: ["label_scam", "shield"]};
  const STEP = /^(\d{1,2}[.、．)）])(\s*)(\S.*)$/;
  const PHONES = /(^|[^\d-])(0\d{2,3}-\d{3,4}-?\d{3,4}|1\d{10}|120)(?![\d-]|\s*[元%％分个周天])/g;

  // --- what is kept in the browser: only how the page looks

  const kept = {
    get(key) { try { return localStorage.getItem(`ivf-guide.${key}`); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(`ivf-guide.${key}`, value); } catch { /* private browsing */ } },
  };

  // --- dark and light; first of all, before anything is painted

  const darkDevice = matchMedia("(prefers-color-scheme: dark)");
  let theme = kept.get("theme");          // dark, light, or null for the device's own

  function isDark() { return theme ? theme === "dark" : darkDevice.matches; }

  function applyTheme() {
    document.body.dataset.weuiTheme = isDark() ? "dark" : "light";
    document.documentElement.style.colorScheme = isDark() ? "dark" : "light";
    document.querySelector('meta[name="theme-color"]').content = isDark() ? "#111111" : "#ededed";
  }

  applyTheme();

  // --- state

  const state = {
    language: kept.get("language") || (/^zh\b/i.test(navigator.language) ? "zh" : "en"),
    view: location.hash === "#group" ? "group" : "private",
    words: readWords(), hospital: {}, demo: false,
    cursor: 0,            // id of the last bubble the session or the stream brought
    unseen: 0,            // bubbles that came while the page was hidden
    jobs: [],             // messages not yet confirmed by the server
    drafts: {private: "", group: ""},
  };
  let $ = {};             // elements by id

  function readWords() { try { return JSON.parse(kept.get("words")) || {}; } catch { return {}; } }
  function say(key) { return state.words[state.language]?.[key] ?? ""; }

  // --- building elements

  function el(tag, name, ...children) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...children);
    return made;
  }

  function icon(name, css = "icon") {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", css);
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `#icon-${name}`);
    svg.append(use);
    return svg;
  }

  /* An element whose text follows the page's language. */
  function worded(tag, name, key) {
    const made = el(tag, name);
    made.dataset.word = key;
    made.textContent = say(key);
    return made;
  }

  function applyWords(root = document) {
    for (const one of root.querySelectorAll("[data-word]")) one.textContent = say(one.dataset.word);
    for (const one of root.querySelectorAll("[data-label]")) one.setAttribute("aria-label", say(one.dataset.label));
  }

  function applyLanguage() {
    document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
    applyWords();
    $.language.lang = state.language === "zh" ? "en" : "zh-CN";
    $.title.textContent = state.hospital[state.language] || say("page_title");
    $["start-name"].textContent = $.title.textContent;
    $.text.placeholder = say(`message_${state.view}`);
    $.theme.setAttribute("aria-label", say(isDark() ? "go_light" : "go_dark"));
    $.theme.replaceChildren(icon(isDark() ? "sun" : "moon"));
    $.emergency.replaceChildren(icon("warning"), el("span", "", ...withPhones(say("emergency"))));
    applyTimes();
    applyTitle();
    readLength();
  }

  function applyTitle() {
    const name = [say("page_title"), state.hospital[state.language]].filter(Boolean).join(" · ");
    document.title = state.unseen ? `(${state.unseen}) ${name}` : name;
  }

  // --- the text of a bubble: paragraphs, steps with hanging numbers, telephone numbers to tap. Its textContent stays the text.

  function drawText(box, text, {phones, footnote}) {
    const parts = text.split(/(\n{2,})/);       // paragraphs at even places, the gaps between them at odd ones
    parts.forEach((part, place) => {
      if (place % 2) { box.append(part); return; }
      const last = place === parts.length - 1;
      box.append(...drawParagraph(part, phones, footnote && last && place > 0 ? "footnote" : "paragraph"));
    });
  }

  function drawParagraph(text, phones, css) {
    const made = [];
    const write = (words) => (phones ? withPhones(words) : [words]);
    let plain = [], steps = null;
    const closePlain = () => { if (plain.length) made.push(el("p", css, ...write(plain.join("\n"))), "\n"); plain = []; };
    const closeSteps = () => { if (steps) made.push(steps, "\n"); steps = null; };
    for (const line of text.split("\n")) {
      const step = STEP.exec(line);
      if (step) {
        closePlain();
        const item = el("div", "step", el("span", "step__number", step[1]), step[2], el("span", "", ...write(step[3])));
        item.setAttribute("role", "listitem");
        if (steps) steps.append("\n", item); else { steps = el("div", "steps", item); steps.setAttribute("role", "list"); }
      } else {
        closeSteps();
        plain.push(line);
      }
    }
    closePlain();
    closeSteps();
    made.pop();
    return made;
  }

  function withPhones(text) {
    const made = [];
    let from = 0;
    for (const found of text.matchAll(PHONES)) {
      const [whole, before, number] = found;
      const link = el("a", "phone", number);
      link.href = `tel:${number.replace(/-/g, "")}`;
      made.push(text.slice(from, found.index) + before, link);
      from = found.index + whole.length;
    }
    made.push(text.slice(from));
    return made.filter((one) => one !== "");
  }

  // --- a row: time, avatar, name, bubble, choices

  function drawRow(bubble) {
    const row = el("article", `row row_${bubble.author}`);
    const style = STYLES[bubble.kind];
    const box = el("div", style ? `bubble bubble_${style}` : "bubble");
    if (bubble.kind) row.dataset.kind = bubble.kind;
    const speaker = bubble.author === "member" ? el("span", "unseen", `${bubble.name || say("member")}: `)
      : worded("span", "unseen", bubble.author === "patient" ? "you_say" : "assistant_says");
    const text = el("div", "bubble__text");
    text.lang = /[\u3400-\u9fff]/.test(bubble.text) ? "zh-CN" : "en";
    drawText(text, bubble.text, {phones: bubble.author === "bot", footnote: bubble.kind === "answer"});
    box.append(speaker);
    if (style) box.append(el("p", "bubble__label", icon(LABELS[style][1]), worded("span", "", LABELS[style][0])));
    box.append(text);
    const body = el("div", "row__body", box);
    if (state.view === "group" && bubble.author !== "patient") body.prepend(drawName(bubble));
    if (bubble.link) box.append(drawLink(bubble.link));
    if (bubble.buttons?.length) body.append(drawChoices(bubble));
    const time = el("time", "time");
    time.hidden = true;
    row.append(time, drawAvatar(bubble), body);
    mark(row, bubble);
    return row;
  }

  function mark(row, bubble) {
    row.bubble = bubble;
    row.dataset.author = bubble.author;
    if (bubble.id !== undefined) row.dataset.id = bubble.id;
  }

  /* All that is kept of her, as a file; the only link a bubble ever has, and only to this server. */
  function drawLink(path) {
    const link = worded("a", "bubble__link", "download");
    link.href = new URL(path, location.origin).pathname;
    link.download = "";
    return link;
  }

  function drawName(bubble) {
    const name = bubble.author === "bot" ? worded("p", "row__name", "assistant") : el("p", "row__name", bubble.name || say("member"));
    name.setAttribute("aria-hidden", "true");       // said by the hidden words inside the bubble
    return name;
  }

  function drawAvatar(bubble) {
    if (bubble.author !== "member") return icon(bubble.author, "avatar");
    const name = bubble.name || say("member");
    const shade = [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 5;
    const made = el("span", `avatar avatar_member avatar_shade${shade}`, [...name][0] || "");
    made.setAttribute("aria-hidden", "true");
    return made;
  }

  function drawChoices(bubble) {
    const box = el("div", "choices");
    box.setAttribute("role", "group");
    box.dataset.label = "choices";
    box.setAttribute("aria-label", say("choices"));
    for (const one of bubble.buttons) {
      const button = el("button", "choice", el("span", "choice__title", one.title), icon("tick", "icon choice__tick"));
      button.type = "button";
      button.addEventListener("click", (event) => tap(one, event));
      box.append(button);
    }
    return box;
  }

  /* Choices hold until the patient says something else or newer choices come; the one she took keeps a tick. */
  function applyChoices() {
    let open = true;
    let next = null;                                 // what the patient said after the row at hand
    for (const row of [...$.rows.children].reverse()) {
      if (row.dataset.author === "patient") {
        if (!row.classList.contains("is-failed")) { open = false; next = row.bubble.text; }
        continue;
      }
      const buttons = [...row.querySelectorAll(".choice")];
      const taken = open ? -1 : buttons.findIndex((one) => one.querySelector(".choice__title").textContent === next);
      buttons.forEach((button, place) => {
        button.disabled = !open;
        button.classList.toggle("is-chosen", place === taken);
        button.querySelector(".choice__chosen")?.remove();
        if (place === taken) button.append(worded("span", "unseen choice__chosen", "chosen"));
      });
      if (buttons.length) { open = false; next = null; }
    }
  }

  /* Before the first private message: a few questions to tap. */
  function applyStart() {
    $.start.hidden = state.view !== "private" || Boolean($.rows.firstElementChild) || $.log.getAttribute("aria-busy") === "true";
    if ($.start.hidden || $.starters.firstElementChild) return;
    for (const key of Object.keys(state.words.zh).filter((one) => one.startsWith("start_")).sort()) {
      const button = el("button", "choice", worded("span", "choice__title", key));
      button.type = "button";
      button.addEventListener("click", (event) => {
        send({text: say(key), mentioned: true}, say(key));
        if (event.detail === 0) $.text.focus({preventScroll: true});
      });
      $.starters.append(button);
    }
  }

  // --- times

  function applyTimes() {
    let shown = -Infinity;
    applyStart();
    for (const row of $.rows.children) {
      const time = row.querySelector(".time");
      const at = Date.parse(row.bubble.at);
      time.hidden = !(at - shown > TIME_GAP_MS);
      if (time.hidden) continue;
      shown = at;
      time.dateTime = row.bubble.at;
      time.textContent = inWords(new Date(at));
    }
  }

  /* As in WeChat: the time today, yesterday and the weekday before it, then the full date. */
  function inWords(when) {
    const locale = document.documentElement.lang;
    const midnight = (day) => new Date(day.getFullYear(), day.getMonth(), day.getDate());
    const days = Math.round((midnight(new Date()) - midnight(when)) / 86400000);
    const clock = when.toLocaleTimeString(locale, {hour: "2-digit", minute: "2-digit", hourCycle: "h23"});
    if (days === 0) return clock;
    if (days === 1) {
      const yesterday = new Intl.RelativeTimeFormat(locale, {numeric: "auto"}).format(-1, "day");
      return `${yesterday.charAt(0).toUpperCase()}${yesterday.slice(1)} ${clock}`;
    }
    if (days > 1 && days < 7) return `${when.toLocaleDateString(locale, {weekday: "long"})} ${clock}`;
    return `${when.toLocaleDateString(locale, {year: "numeric", month: "long", day: "numeric"})} ${clock}`;
  }

  // --- the list of rows, in the order of their ids; what is being sent stands at the end

  function rowOf(id) { return $.rows.querySelector(`[data-id="${Number(id)}"]`); }

  function place(bubble) {
    if (rowOf(bubble.id)) return false;
    const job = bubble.client_id && state.jobs.find((one) => one.id === bubble.client_id);
    if (job?.row?.isConnected) { adopt(job.row, bubble); return false; }
    const before = [...$.rows.children].reverse().find((row) => row.dataset.id && Number(row.dataset.id) < bubble.id);
    const row = drawRow(bubble);
    if (before) before.after(row); else $.rows.prepend(row);
    return true;
  }

  /* The row drawn while sending becomes the bubble that the server made of it. */
  function adopt(row, bubble) {
    mark(row, bubble);
    const text = row.querySelector(".bubble__text");
    text.replaceChildren();                             // the server has put placeholders where personal data stood
    drawText(text, bubble.text, {phones: false, footnote: false});
    row.classList.remove("is-sending", "is-failed");
    row.querySelector(".row__failure")?.remove();
    const before = [...$.rows.children].reverse()
      .find((other) => other !== row && other.dataset.id && Number(other.dataset.id) < bubble.id);
    if (before && before.nextElementSibling !== row) before.after(row);
  }

  function show(bubbles) {
    const following = isAtEnd();
    const fresh = bubbles.filter(place);
    applyTimes();
    applyChoices();
    if (!fresh.length) return;
    const spoken = fresh.filter((one) => one.author !== "patient");
    if (following) scrollToEnd(rowOf(fresh[0].id)); else if (spoken.length) $.jump.hidden = false;
    if (document.hidden && spoken.length) { state.unseen += spoken.length; applyTitle(); }
  }

  // --- scrolling

  function isAtEnd() { return $.log.scrollHeight - $.log.scrollTop - $.log.clientHeight < 80; }

  /* Down to the end, but not past the top of `first`: a long answer is read from its beginning. Never up. */
  function scrollToEnd(first = null, {smooth = true} = {}) {
    const end = $.log.scrollHeight - $.log.clientHeight;
    const top = Math.max($.log.scrollTop, first ? Math.min(end, first.offsetTop - 12) : end);
    $.log.scrollTo({top, behavior: smooth && !matchMedia("(prefers-reduced-motion: reduce)").matches ? "smooth" : "instant"});
    $.jump.hidden = true;
  }

  // --- sending

  function newId() { return [...crypto.getRandomValues(new Uint8Array(12))].map((x) => x.toString(16).padStart(2, "0")).join(""); }

  function send(body, text) {
    const job = {id: newId(), view: state.view, body, text, at: new Date().toISOString()};
    state.jobs.push(job);
    drawJob(job);
    deliver(job);
  }

  function drawJob(job) {
    job.row = drawRow({author: "patient", text: job.text, at: job.at, kind: "", buttons: []});
    job.row.classList.add("is-sending");
    $.rows.append(job.row);
    applyTimes();
    applyChoices();
    scrollToEnd();
  }

  let queue = Promise.resolve();          // one after the other, so that the conversation keeps its order

  function deliver(job) {
    const answering = job.view === "private" || job.body.mentioned || job.body.tap;
    queue = queue.then(async () => {
      const stopTyping = answering ? startTyping(job.view) : () => {};
      try {
        const reply = await post(job);
        stopTyping();
        arrived(job, reply.messages);
      } catch (problem) {
        stopTyping();
        failed(job, problem);
      }
    });
  }

  async function post(job, again = true) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), POST_SECONDS * 1000);
    try {
      const reply = await fetch(`${API}/messages`, {
        method: "POST", signal: stop.signal, credentials: "same-origin", headers: {"Content-Type": "application/json"},
        body: JSON.stringify({...job.body, view: job.view, id: job.id}),
      });
      if (reply.status === 401 && again) {              // the cookie is gone: a new session sets another
        await fetchSession(job.view);
        return await post(job, false);
      }
      const data = await reply.json();
      if (!reply.ok) throw Object.assign(new Error(), {word: data.error, final: reply.status === 400 || reply.status === 413});
      return data;
    } finally {
      clearTimeout(timer);
    }
  }

  /* Bubbles of an emergency that no database could keep have no id: they stand behind what is shown. */
  function numbered(messages) {
    const last = Math.max(state.cursor, 0, ...[...$.rows.querySelectorAll("[data-id]")].map((row) => Number(row.dataset.id)));
    return messages.map((one, place) => (one.id === null ? {...one, id: last + (place + 1) / 1000} : one));
  }

  function arrived(job, made) {
    const messages = numbered(made);
    state.jobs = state.jobs.filter((one) => one !== job);
    if (job.view !== state.view) return;
    const own = messages.find((one) => one.author === "patient");
    if (!own) {                                         // she had everything deleted: nothing from before is left
      job.row.remove();
      for (const row of $.rows.querySelectorAll("[data-id]")) row.remove();
      connect();                                        // the numbering may begin anew
    } else if (job.row.dataset.id === undefined) {
      if (rowOf(own.id)) job.row.remove(); else adopt(job.row, own);
    }
    show(messages);
    scrollToEnd(job.row.isConnected ? job.row : null);
    if (job.view === "group" && messages.length === 1 && own && !job.body.mentioned && !job.body.tap) toast("not_mentioned");
  }

  function failed(job, problem) {
    job.problem = problem;
    if (job.view !== state.view || job.row.dataset.id !== undefined) return;
    drawFailure(job);
  }

  function drawFailure(job) {
    const {word, final} = job.problem;
    job.row.classList.remove("is-sending");
    job.row.classList.add("is-failed");
    job.row.querySelector(".row__failure")?.remove();
    const reason = say(word) ? worded("p", "failure__reason", word) : null;
    const retry = el("button", "failure__retry", icon("warning"), worded("span", "", "retry"));
    retry.type = "button";
    retry.addEventListener("click", () => {
      job.problem = null;
      job.row.remove();
      drawJob(job);
      deliver(job);
      $.text.focus({preventScroll: true});
    });
    job.row.querySelector(".row__body").append(el("div", "row__failure", ...[reason, final ? null : retry].filter(Boolean)));
    applyChoices();
    scrollToEnd();
    $.spoken.textContent = [say(word), final ? "" : say("retry")].filter(Boolean).join(" ");
  }

  function tap(button, event) {
    send({tap: button.id}, button.title);
    if (event.detail === 0) $.text.focus({preventScroll: true});   // by keyboard: the button is going to be disabled
  }

  function startTyping(view) {
    const timer = setTimeout(() => {
      if (view !== state.view) return;
      const following = isAtEnd();
      $.typing.hidden = $["typing-title"].hidden = false;
      $.title.classList.add("unseen");
      $.spoken.textContent = say("typing");
      if (following) scrollToEnd();
    }, TYPING_MS);
    return () => { clearTimeout(timer); stopTyping(); };
  }

  function stopTyping() {
    $.typing.hidden = $["typing-title"].hidden = true;
    $.title.classList.remove("unseen");
    $.spoken.textContent = "";
  }

  // --- history and pushed messages: the session first, then the stream behind it; both again after every break

  let stream = null, retryTimer = null, attempt = 0, connection = 0;

  async function fetchSession(view) {
    const reply = await fetch(`${API}/session?view=${view}`, {credentials: "same-origin", cache: "no-store"});
    if (!reply.ok) throw new Error();
    return await reply.json();
  }

  async function connect() {
    disconnect();
    const mine = ++connection;
    try {
      const session = await fetchSession(state.view);
      if (mine !== connection) return;
      welcome(session);
    } catch {
      if (mine === connection) lost();
      return;
    }
    const opened = stream = new EventSource(`${API}/events?view=${state.view}&after=${state.cursor}`);
    opened.onopen = () => { if (mine === connection) found(); };
    opened.onerror = () => { if (mine === connection) { opened.close(); lost(); } };
    opened.onmessage = (event) => {
      if (mine !== connection) return;
      const bubble = JSON.parse(event.data);
      state.cursor = Math.max(state.cursor, bubble.id);
      if (bubble.kind !== "silent") show([bubble]);
    };
  }

  function disconnect() {
    connection += 1;
    clearTimeout(retryTimer);
    stream?.close();
    stream = null;
  }

  function welcome(session) {
    const first = $.log.getAttribute("aria-busy") === "true";
    state.words = session.words;
    state.hospital = session.hospital;
    kept.set("words", JSON.stringify(session.words));
    $.demo.hidden = !session.demo;
    $.loading.hidden = true;
    applyLanguage();
    const bubbles = session.messages.filter((one) => one.kind !== "silent");
    state.cursor = Math.max(0, ...session.messages.map((one) => one.id));
    if (!first) { show(bubbles); return; }
    bubbles.forEach(place);
    for (const job of state.jobs.filter((one) => one.view === state.view && !bubbles.some((x) => x.client_id === one.id))) {
      drawJob(job);
      if (job.problem) drawFailure(job);
    }
    applyTimes();
    applyChoices();
    scrollToEnd(null, {smooth: false});
    requestAnimationFrame(() => { $.log.setAttribute("aria-busy", "false"); applyStart(); });
  }

  function lost() {
    disconnect();
    const wait = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)];
    attempt += 1;
    if (attempt > 1 || !navigator.onLine) notice(navigator.onLine && $.log.getAttribute("aria-busy") === "true" ? "load_failed" : "offline");
    retryTimer = setTimeout(connect, wait);
  }

  function found() {
    attempt = 0;
    if ($.notice.hidden) return;
    notice("reconnected");
    setTimeout(() => { if ($.notice.dataset.word === "reconnected") $.notice.hidden = true; }, 2500);
  }

  function notice(key) {
    if (!say(key)) return;
    $.notice.dataset.word = key;
    $.notice.textContent = say(key);
    $.notice.classList.toggle("notice_good", key === "reconnected");
    $.notice.hidden = false;
  }

  // --- private or group

  function openView(view) {
    state.drafts[state.view] = $.text.value;
    state.view = view;
    history.replaceState(null, "", view === "group" ? "#group" : location.pathname);
    $.rows.replaceChildren();
    $.start.hidden = true;
    $.log.setAttribute("aria-busy", "true");
    $.loading.hidden = false;
    $.jump.hidden = true;
    stopTyping();
    hideToast();
    $.text.value = state.drafts[view];
    applyView();
    connect();
  }

  function applyView() {
    const group = state.view === "group";
    for (const tab of [$["tab-private"], $["tab-group"]]) {
      const here = tab.dataset.view === state.view;
      tab.setAttribute("aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
    }
    $.panel.setAttribute("aria-labelledby", `tab-${state.view}`);
    $.mention.hidden = $["group-hint"].hidden = !group;
    $.app.dataset.view = state.view;
    applyLanguage();
    grow();
  }

  function turnTabs(event) {
    if (!["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    const other = event.key === "Home" ? "private" : event.key === "End" ? "group" : state.view === "group" ? "private" : "group";
    $[`tab-${other}`].focus();
    if (other !== state.view) openView(other);
  }

  /* Whether a text calls the assistant by the name it has in either language. */
  function mentions(text) {
    return Object.values(state.words).some((words) => words.assistant && text.replaceAll("＠", "@").toLowerCase().includes(`@${words.assistant}`.toLowerCase()));
  }

  function mention() {
    const name = `@${say("assistant")} `;
    const {selectionStart: from, selectionEnd: to, value} = $.text;
    $.text.focus();
    if (mentions(value)) return;
    const bare = from > 0 && /[@＠]/.test(value[from - 1]) ? 1 : 0;     // an @ she typed herself
    $.text.setRangeText(name, from - bare, to, "end");
    grow();
  }

  // --- the input bar

  function submit(event) {
    event?.preventDefault();
    const text = $.text.value.trim();
    if (text && text.length <= MAX_CHARACTERS && state.words.zh) {
      $.text.value = "";
      hideToast();
      send(state.view === "group" ? {text, mentioned: mentions(text)} : {text, mentioned: true}, text);
      grow();
    }
    $.text.focus({preventScroll: true});
  }

  function grow() {
    const following = isAtEnd();
    $.text.style.height = "auto";
    $.text.style.height = `${$.text.scrollHeight}px`;
    readLength();
    if (following) $.log.scrollTop = $.log.scrollHeight;
  }

  function readLength() {
    const length = $.text.value.trim().length;
    const tooLong = length > MAX_CHARACTERS;
    $.send.disabled = !length || tooLong;
    $.text.setAttribute("aria-invalid", String(tooLong));
    if (tooLong) toast("too_long", {stays: true});
    else if (length > LONG_CHARACTERS) toast("almost_too_long", {stays: true});
    else if (["too_long", "almost_too_long"].includes($.toast.dataset.word)) hideToast();
  }

  let toastTimer = null;

  function toast(key, {stays = false} = {}) {
    clearTimeout(toastTimer);
    if ($.toast.dataset.word !== key || $.toast.hidden || $.toast.textContent !== say(key)) $.toast.textContent = say(key);
    $.toast.dataset.word = key;
    $.toast.hidden = false;
    if (!stays) toastTimer = setTimeout(hideToast, TOAST_MS);
  }

  function hideToast() {
    $.toast.hidden = true;
    delete $.toast.dataset.word;
  }

  function typed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;   // 229: an input method is at work
    submit(event);
  }

  // --- start

  /* The page is as high as what the keyboard of a phone leaves. */
  function fit() {
    const following = isAtEnd();
    document.documentElement.style.setProperty("--app-height", `${Math.round(visualViewport.height)}px`);
    if (following) $.log.scrollTop = $.log.scrollHeight;
  }

  function listen() {
    $.compose.addEventListener("submit", submit);
    $.text.addEventListener("keydown", typed);
    $.text.addEventListener("input", grow);
    for (const one of [$.send, $.mention]) one.addEventListener("mousedown", (event) => event.preventDefault());   // the input keeps the focus
    $.mention.addEventListener("click", mention);
    for (const kind of ["paste", "drop"]) {             // pictures are neither looked at nor kept
      document.addEventListener(kind, (event) => {
        const files = (event.clipboardData || event.dataTransfer)?.files;
        if (!files?.length) return;
        event.preventDefault();
        toast("no_photos", {stays: true});
      });
    }
    document.addEventListener("dragover", (event) => event.preventDefault());
    $.jump.addEventListener("click", () => { $.log.scrollTo({top: $.log.scrollHeight, behavior: "smooth"}); $.jump.hidden = true; $.text.focus({preventScroll: true}); });
    $.log.addEventListener("scroll", () => { if (isAtEnd()) $.jump.hidden = true; }, {passive: true});
    for (const tab of [$["tab-private"], $["tab-group"]]) {
      tab.addEventListener("click", () => { if (tab.dataset.view !== state.view) openView(tab.dataset.view); });
      tab.addEventListener("keydown", turnTabs);
    }
    $.language.addEventListener("click", () => {
      state.language = state.language === "zh" ? "en" : "zh";
      kept.set("language", state.language);
      applyLanguage();
      if (!$.notice.hidden) $.notice.textContent = say($.notice.dataset.word);
    });
    $.theme.addEventListener("click", () => {
      theme = isDark() ? "light" : "dark";
      kept.set("theme", theme);
      applyTheme();
      applyLanguage();
    });
    darkDevice.addEventListener("change", () => { applyTheme(); applyLanguage(); });
    addEventListener("online", () => { attempt = Math.min(attempt, 1); connect(); });
    addEventListener("offline", () => { notice("offline"); });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return;
      state.unseen = 0;
      applyTitle();
      applyTimes();
      if (!stream) connect();
    });
    if (window.visualViewport) { visualViewport.addEventListener("resize", fit); fit(); }
  }

  function start() {
    $ = Object.fromEntries([...document.querySelectorAll("[id]")].map((one) => [one.id, one]));
    listen();
    applyView();
    connect();
    if (matchMedia("(hover: hover) and (pointer: fine)").matches) $.text.focus({preventScroll: true});   // on a phone it would open the keyboard
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
