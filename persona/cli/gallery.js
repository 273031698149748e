"use strict";
(() => {
  const root = document.querySelector("main");
  const told = root.dataset;
  const cards = [...document.querySelectorAll("article")];
  const dots = new Map([...document.querySelectorAll(".dots a")].map((dot) => [dot.hash.slice(1), dot]));
  const filter = document.querySelector("#stratum");
  const key = `persona-review-${told.sample}`;
  const canJudge = told.waits === "yes";
  let said = new Map();
  let now = null;
  let isSaved = true;

  document.body.classList.add("scripted");
  try {
    said = new Map(JSON.parse(sessionStorage.getItem(key) || "[]"));
  } catch {
    said = new Map();
  }

  const shown = () => cards.filter((card) => !filter.value || card.dataset.stratum === filter.value);
  const verdictOf = (card) => (said.get(card.dataset.message) || {}).verdict;
  const isOpen = (card) => !verdictOf(card);

  function fit(frame) {
    const page = frame.contentDocument;
    if (!page || !page.documentElement) return;
    frame.style.setProperty("height", "0px"); // a document is never lower than its frame
    frame.style.setProperty("height", `${Math.max(page.documentElement.scrollHeight, 120)}px`);
  }

  function show(card) {
    if (!card) return;
    if (now) now.classList.remove("now");
    now = card;
    card.classList.add("now");
    const narrow = card.querySelector(".phone iframe");
    const wide = card.querySelector(".window iframe");
    for (const frame of [wide, narrow]) if (frame) frame.onload = () => fit(frame);
    if (narrow && !narrow.srcdoc) narrow.srcdoc = wide.srcdoc;
    for (const frame of [wide, narrow]) if (frame) fit(frame);
    dots.forEach((dot, id) => dot.classList.toggle("now", id === card.id));
    document.querySelectorAll(".group").forEach((one) => one.classList.toggle("here", one.dataset.stratum === card.dataset.stratum));
    const dot = dots.get(card.id);
    if (dot) dot.closest(".group").scrollIntoView({ block: "nearest" });
    window.scrollTo(0, 0);
  }

  function step(by) {
    const list = shown();
    show(list[(list.indexOf(now) + by + list.length) % list.length] || list[0]);
  }

  function paint() {
    for (const card of cards) {
      const verdict = verdictOf(card);
      for (const one of [card, dots.get(card.id)]) {
        one.classList.toggle("good", verdict === "approve");
        one.classList.toggle("bad", verdict === "reject");
      }
    }
    document.querySelectorAll(".group").forEach((group) => {
      const own = cards.filter((card) => card.dataset.stratum === group.dataset.stratum);
      const bad = own.filter((card) => verdictOf(card) === "reject").length;
      group.classList.toggle("stopped", bad > Number(group.dataset.accept));
    });
    const done = cards.filter((card) => !isOpen(card)).length;
    const bad = cards.filter((card) => verdictOf(card) === "reject").length;
    const bar = document.querySelector("progress");
    if (bar) bar.value = done;
    document.querySelector("output").textContent = canJudge ? `${done} of ${cards.length} decided, ${bad} rejected` : `${cards.length} messages`;
  }

  function keep() {
    isSaved = false;
    try {
      sessionStorage.setItem(key, JSON.stringify([...said]));
    } catch {
      isSaved = false;
    }
    paint();
  }

  function judge(verdict) {
    if (!canJudge || !now) return;
    said.set(now.dataset.message, { ...said.get(now.dataset.message), verdict });
    keep();
    const list = shown();
    const next = [...list.slice(list.indexOf(now) + 1), ...list.slice(0, list.indexOf(now))].find(isOpen);
    if (next) show(next);
    else toast(cards.some(isOpen) ? "This stratum is decided." : "All is decided: save the review (s).");
  }

  function undo() {
    if (!canJudge || !now) return;
    said.delete(now.dataset.message);
    now.querySelector("textarea").value = "";
    keep();
  }

  function review() {
    const decisions = cards
      .filter((card) => !isOpen(card))
      .map((card) => {
        const one = said.get(card.dataset.message);
        const comment = (one.comment || "").trim();
        return { message_id: card.dataset.message, hash: card.dataset.hash, verdict: one.verdict, ...(comment && { comment }) };
      });
    return { persona_review: 1, run_id: told.run, sample: told.sample, decisions };
  }

  function save() {
    if (!canJudge) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${JSON.stringify(review(), null, 1)}\n`], { type: "application/json" }));
    link.download = `review-${told.run}.json`;
    link.click();
    isSaved = true;
    const left = cards.filter(isOpen).length;
    toast(left ? `Saved, with ${left} still open.` : `Saved. Next: persona release ${link.download}`);
  }

  function open(file) {
    file.text().then((text) => {
      const read = JSON.parse(text);
      if (read.sample !== told.sample) throw new Error("of another sample");
      said = new Map(read.decisions.map((one) => [one.message_id, { verdict: one.verdict, comment: one.comment }]));
      recall();
      keep();
    }).catch(() => toast("That file is no review of this sample."));
  }

  function recall() {
    for (const card of cards) {
      const box = card.querySelector("textarea");
      if (box) box.value = (said.get(card.dataset.message) || {}).comment || "";
    }
  }

  let timer = 0;
  function toast(text) {
    const box = document.querySelector(".toast");
    box.textContent = text;
    box.classList.add("on");
    clearTimeout(timer);
    timer = setTimeout(() => box.classList.remove("on"), 3500);
  }

  const help = document.querySelector("dialog");
  const keys = {
    j: () => step(1), ArrowRight: () => step(1), k: () => step(-1), ArrowLeft: () => step(-1),
    a: () => judge("approve"), r: () => judge("reject"), u: undo, s: save,
    c: () => canJudge && now.querySelector("textarea").focus(),
    n: () => show(shown().find(isOpen)), f: () => filter.focus(),
    "?": () => (help.open ? help.close() : help.showModal()),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches && event.target.matches("textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const act = keys[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });
  document.addEventListener("click", (event) => {
    const dot = event.target.closest(".dots a");
    const button = event.target.closest("button");
    if (dot) {
      event.preventDefault();
      show(document.getElementById(dot.hash.slice(1)));
    } else if (button && keys[button.dataset.key]) keys[button.dataset.key]();
    else if (button && button.dataset.key === "o") document.querySelector("#open").click();
  });
  document.querySelector("#open").addEventListener("change", (event) => event.target.files[0] && open(event.target.files[0]));
  filter.addEventListener("change", () => { show(shown()[0]); filter.blur(); });
  document.addEventListener("input", (event) => {
    if (!event.target.matches("textarea")) return;
    said.set(now.dataset.message, { ...said.get(now.dataset.message), comment: event.target.value });
    keep();
  });
  window.addEventListener("beforeunload", (event) => { if (!isSaved) event.preventDefault(); });

  recall();
  paint();
  isSaved = true;
  show(cards[0]);
})();
