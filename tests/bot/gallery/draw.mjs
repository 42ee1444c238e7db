// Makes a web page of Discord messages: node draw.mjs SHOTS.json PAGE.css PAGE.html
//
// SHOTS.json is a list of {message, asker, command, names}; `message` is a message object of Discord's API with
// Components V2. Whatever is not known here stops the drawing, so that nothing is left out of a picture unnoticed.

import { readFileSync, writeFileSync } from "node:fs";
import { toHTML } from "@odiffey/discord-markdown";

const [shotsPath, stylePath, pagePath] = process.argv.slice(2);
const BUTTONS = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };
const EPHEMERAL = 1 << 6;

function escaped(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

function ago(seconds, now) {
  const past = Math.max(0, Math.round(now / 1000 - seconds));
  if (past < 60) return `${past} seconds ago`;
  const minutes = Math.round(past / 60);
  return minutes === 1 ? "a minute ago" : `${minutes} minutes ago`;
}

function markdown(text, shot, now) {
  const callbacks = {
    user: (node) => `@${escaped(shot.names[node.id] ?? "unknown-user")}`,
    timestamp: (node) => ago(Number(node.timestamp), now),
  };
  const html = (part) => toHTML(part, { embed: true, discordCallback: callbacks });
  // The parser takes no small text right after a quotation; Discord's own does, so each is parsed by itself.
  const parts = text.match(/(?:^> .*(?:\n|$))+|(?:^(?!> ).*(?:\n|$))+/gm) ?? [];
  return parts.map((part) => html(part.replace(/\n$/, ""))).join("");
}

function button(part) {
  if (!(part.style in BUTTONS)) throw new Error(`a button of style ${part.style}`);
  const disabled = part.disabled ? " disabled" : "";
  return `<span class="button ${BUTTONS[part.style]}${disabled}">${escaped(part.label)}</span>`;
}

function file(part, shot) {
  const name = part.file.url.replace("attachment://", "").split("/").pop().split("?")[0];
  const size = part.size ?? shot.message.attachments.find((one) => one.filename === name)?.size;
  const shown = size === undefined ? "" : `<span class="size">${size} bytes</span>`;
  return `<div class="file"><span class="sheet"></span><span><a>${escaped(name)}</a>${shown}</span></div>`;
}

function component(part, shot, now) {
  switch (part.type) {
    case 1:
      return `<div class="row">${part.components.map(button).join("")}</div>`;
    case 10:
      return `<div class="text">${markdown(part.content, shot, now)}</div>`;
    case 13:
      return file(part, shot);
    case 14:
      return `<div class="separator${part.divider ? " divider" : ""}${part.spacing === 2 ? " large" : ""}"></div>`;
    case 17: {
      const colour = `#${part.accent_color.toString(16).padStart(6, "0")}`;
      const inner = part.components.map((one) => component(one, shot, now)).join("");
      return `<div class="container" style="--accent: ${colour}">${inner}</div>`;
    }
    default:
      throw new Error(`a component of type ${part.type}`);
  }
}

function message(shot) {
  const { message: stored } = shot;
  if (stored.content || stored.embeds.length) throw new Error("a message with content or embeds");
  const changed = new Date(stored.edited_timestamp ?? stored.timestamp);
  const sent = new Date(stored.timestamp).toISOString().slice(11, 16);
  const by = shot.command
    ? `<div class="by"><span class="spine"></span><span class="face">${escaped(shot.asker[0].toUpperCase())}</span>` +
      `<b>${escaped(shot.asker)}</b> used <span class="command">/${escaped(shot.command)}</span></div>`
    : "";
  const foot =
    stored.flags & EPHEMERAL
      ? '<div class="ephemeral"><span class="eye"></span>Only you can see this · <a>Dismiss message</a></div>'
      : "";
  const body = stored.components.map((part) => component(part, shot, changed.getTime())).join("");
  return `<article class="message${stored.flags & EPHEMERAL ? " private" : ""}">${by}<div class="avatar">D</div>
    <header><b>Dateline</b><span class="app">APP</span><time>${sent}</time></header>${body}${foot}</article>`;
}

const shots = JSON.parse(readFileSync(shotsPath, "utf-8"));
writeFileSync(
  pagePath,
  `<!doctype html><meta charset="utf-8"><style>${readFileSync(stylePath, "utf-8")}</style>${shots.map(message).join("\n")}`,
);
