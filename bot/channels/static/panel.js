/* The side panel. Plain JavaScript, no build: it asks /panel/search and shows, sends or copies what comes back. */
(() => {
  "use strict";

  const SDK = ["https://res.wx.qq.com/open/js/jweixin-1.2.0.js", "https://open.work.weixin.qq.com/wwopen/js/jwxwork-1.0.0.js"];
  const IN_WECOM = /wxwork/i.test(navigator.userAgent);
  const kept = {
    get(key) { try { return localStorage.getItem(`panel.${key}`); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(`panel.${key}`, value); } catch { /* a client without storage */ } },
  };
  const state = {language: kept.get("language") || (/^zh\b/i.test(navigator.language) ? "zh" : "en"), words: {}, sends: false, asked: null, found: null};
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const $ = {};

  function theme() { return kept.get("theme") || (dark.matches ? "dark" : "light"); }
  function applyTheme() {
    document.body.dataset.weuiTheme = theme();
    if ($.theme) {
      $.theme.textContent = theme() === "dark" ? "☀" : "☾";
      $.theme.setAttribute("aria-label", say(theme() === "dark" ? "go_light" : "go_dark"));
    }
  }
  applyTheme();

  function say(key) { return state.words[state.language]?.[key] ?? ""; }

  function el(tag, name, text) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  async function ask(path, body) {
    let answer;
    try {
      answer = await fetch(path, body === undefined ? {} : {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
    } catch {
      throw new Error("error_network");
    }
    const data = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(data.error || "error_search");
    return data;
  }

  let hiding = 0;
  function toast(key) {
    clearTimeout(hiding);
    $.toast.textContent = say(key);
    hiding = setTimeout(() => { $.toast.textContent = ""; }, 3000);
  }

  function wrong(key) {
    $.error.textContent = key ? say(key) || say("error_search") : "";
    $.error.hidden = !key;
  }

  // --- words

  function applyWords() {
    document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
    document.title = say("title");
    for (const one of document.querySelectorAll("[data-word]")) one.textContent = say(one.dataset.word);
    for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", say(one.dataset.label));
    for (const one of document.querySelectorAll("[data-placeholder]")) one.placeholder = say(one.dataset.placeholder);
    for (const one of document.querySelectorAll("option")) one.textContent = say(one.dataset.key);
    $.language.lang = state.language === "zh" ? "en" : "zh-CN";
    applyTheme();
    if (state.found) show(state.found);
  }

  function options(select, prefix, values) {
    for (const value of ["", ...values]) {
      const one = el("option");
      one.value = value;
      one.dataset.key = value ? `${prefix}_${value}` : "any";
      select.append(one);
    }
  }

  // --- what is found

  function question() { return {text: $.text.value.trim(), stage: $.stage.value || null, region: $.region.value || null, language: null}; }

  async function search(event) {
    event?.preventDefault();
    const asked = question();
    if (!asked.text) return;
    wrong("");
    $.search.disabled = true;
    $.search.textContent = say("searching");
    $.results.setAttribute("aria-busy", "true");
    try {
      const found = await ask("/panel/search", asked);
      state.asked = asked;
      state.found = found;
      show(found);
    } catch (error) {
      wrong(error.message);
    } finally {
      $.results.setAttribute("aria-busy", "false");
      $.search.textContent = say("search");
      $.search.disabled = !$.text.value.trim();
    }
  }

  function show(found) {
    const alarm = found.urgent || found.scam;
    $.urgent.hidden = !alarm;
    if (alarm) {
      $.urgent.querySelector(".alarm__title").textContent = say(found.urgent ? "urgent" : "scam");
      $.urgent.querySelector(".alarm__text").textContent = alarm;
      $.urgent.querySelector(".actions").replaceChildren(...actions(alarm, null, false));
    }
    $.topic.textContent = found.topic ? say(`topic_${found.topic}`) : "";
    $.topic.hidden = !found.topic || Boolean(found.urgent);
    $.masked.hidden = !found.masked.length;
    $.none.hidden = found.found.length > 0;
    $.list.replaceChildren(...found.found.map((one, place) => card(one, place)));
    $.results.hidden = false;
    $.missing.disabled = false;
  }

  function card(one, place) {
    const item = el("li", "answer");
    const head = el("button", "answer__head"), line = el("span", "answer__line"), meter = el("span", "answer__meter"), bar = el("i");
    const percent = Math.round(100 * one.score);
    head.type = "button";
    head.append(el("span", "answer__title", one.title), line);
    bar.style.width = `${percent}%`;
    meter.setAttribute("aria-hidden", "true");
    meter.append(bar);
    line.append(meter, el("span", "", `${say("score")} ${percent}%`), el("span", "", say(`how_${one.how}`)),
      el("span", one.reviewed ? "badge badge_good" : "badge badge_warn", say(one.reviewed ? "reviewed" : "unreviewed")));
    if (one.private) line.append(el("span", "badge badge_warn", say("private")));
    const body = el("div", "answer__body");
    body.id = `answer-${place}`;
    body.lang = state.found.language === "zh" ? "zh-CN" : "en";
    const buttons = el("div", "actions");
    buttons.append(...actions(one.send, one.id, one.private));
    body.append(el("p", "answer__text", one.text), el("p", "answer__footer", one.footer), buttons);
    head.setAttribute("aria-controls", body.id);
    expand(head, body, place === 0 && one.how === "answer");
    head.addEventListener("click", () => expand(head, body, body.hidden));
    item.append(head, body);
    return item;
  }

  function expand(head, body, open) {
    body.hidden = !open;
    head.setAttribute("aria-expanded", String(open));
  }

  function actions(text, entry, privately) {
    const made = [];
    if (state.sends && !privately) {
      const send = el("button", "weui-btn weui-btn_primary", say("send"));
      send.type = "button";
      send.addEventListener("click", () => sendInto(text, entry, send));
      made.push(send);
    }
    const copy = el("button", `weui-btn ${made.length ? "weui-btn_default" : "weui-btn_primary"}`, say("copy"));
    copy.type = "button";
    copy.addEventListener("click", async () => { toast(await copied(text) ? "copied" : "not_copied"); noted(entry); });
    return [...made, copy];
  }

  function noted(entry) { if (entry) ask("/panel/sent", {entry, language: state.found.language}).catch(() => {}); }

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const field = el("textarea");
      field.value = text;
      field.setAttribute("readonly", "");
      field.style.position = "fixed";
      field.style.opacity = "0";
      document.body.append(field);
      field.select();
      let done = false;
      try { done = document.execCommand("copy"); } catch { /* a client that does not know it */ }
      field.remove();
      return done;
    }
  }

  // --- WeCom

  function sendInto(text, entry, button) {
    button.disabled = true;
    window.wx.invoke("sendChatMessage", {msgtype: "text", enterChat: false, text: {content: text}}, async (result) => {
      button.disabled = false;
      if (result && /:ok$/.test(result.err_msg || "")) {
        toast("sent");
        noted(entry);
      } else if (!/:cancel$/.test(result?.err_msg || "")) {
        toast(await copied(text) ? "not_sent" : "not_copied");
      }
    });
  }

  function load(source) {
    return new Promise((done, failed) => {
      const script = el("script");
      script.src = source;
      script.addEventListener("load", done);
      script.addEventListener("error", failed);
      document.head.append(script);
    });
  }

  async function connect() {
    try {
      for (const one of SDK) await load(one);
      const signed = await ask(`/panel/signature?url=${encodeURIComponent(location.href.split("#")[0])}`);
      const list = ["sendChatMessage", "getContext"];
      window.wx.config?.({beta: true, debug: false, appId: signed.corpid, ...signed.config, jsApiList: list});
      await new Promise((success, fail) => {
        window.wx.agentConfig({corpid: signed.corpid, agentid: signed.agentid, ...signed.agentConfig, jsApiList: list, success, fail});
      });
      state.sends = true;
    } catch {
      state.sends = false;
    }
    $.outside.hidden = state.sends;
    if (state.found) show(state.found);
  }

  // --- start

  async function start() {
    for (const one of document.querySelectorAll("[id]")) $[one.id] = one;
    $.theme.addEventListener("click", () => { kept.set("theme", theme() === "dark" ? "light" : "dark"); applyTheme(); });
    dark.addEventListener("change", applyTheme);
    $.language.addEventListener("click", () => { state.language = state.language === "zh" ? "en" : "zh"; kept.set("language", state.language); applyWords(); });
    $.text.addEventListener("input", () => { $.search.disabled = !$.text.value.trim(); });
    $.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); search(); }
    });
    $.ask.addEventListener("submit", search);
    for (const one of [$.stage, $.region]) one.addEventListener("change", () => { if (state.found) search(); });
    $.missing.addEventListener("click", missing);
    try {
      const found = await ask("/panel/words");
      state.words = found.words;
      options($.stage, "stage", found.stages);
      options($.region, "region", found.regions);
      applyWords();
      $.text.focus();
      if (found.sdk && IN_WECOM) await connect(); else $.outside.hidden = false;
    } catch (error) {
      wrong(error.message);
      $.error.textContent ||= "—";
    }
    document.documentElement.dataset.ready = "true";
  }

  async function missing() {
    $.missing.disabled = true;
    try {
      await ask("/panel/missing", {...state.asked, shown: state.found.found.map((one) => one.id)});
      toast("noted");
    } catch (error) {
      $.missing.disabled = false;
      wrong(error.message);
    }
  }

  document.addEventListener("DOMContentLoaded", start);
})();
