// Shows what the simulator holds, and looks again every two seconds. All text goes in as text; a ticket's details are
// shown in a frame that may neither run scripts nor load anything.
"use strict";

const byId = (id) => document.getElementById(id);
let chosen = null;

function row(cells, numbers = []) {
  const tr = document.createElement("tr");
  cells.forEach((cell, index) => {
    const td = document.createElement("td");
    td.textContent = cell ?? "";
    if (numbers.includes(index)) td.className = "number";
    tr.append(td);
  });
  return tr;
}

function fill(id, rows) {
  byId(id).querySelector("tbody").replaceChildren(...rows);
}

function ticketRow(ticket) {
  const tr = row(PSA.cells(ticket));
  tr.tabIndex = 0;
  tr.classList.toggle("closed", PSA.closed(ticket));
  tr.classList.toggle("deleted", ticket.deleted);
  tr.classList.toggle("chosen", ticket.id === chosen);
  const choose = () => { chosen = ticket.id; show(ticket.id); };
  tr.addEventListener("click", choose);
  tr.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(); });
  return tr;
}

async function show(id) {
  const reply = await fetch(`/_sim/tickets/${id}`);
  byId("details").hidden = !reply.ok;
  if (!reply.ok) { chosen = null; return; }
  const ticket = await reply.json();
  byId("details-title").textContent = `#${ticket.id} ${PSA.title(ticket)}`;
  byId("details-line").textContent = PSA.line(ticket);
  const html = PSA.html(ticket);
  if (byId("details-html").srcdoc !== html) byId("details-html").srcdoc = html;
  byId("details-notes").replaceChildren(...PSA.notes(ticket).map((text) => {
    const li = document.createElement("li");
    li.textContent = text;
    return li;
  }));
}

async function look() {
  try {
    const [state, tickets] = await Promise.all(
      ["state", "tickets"].map((name) => fetch(`/_sim/${name}`).then((reply) => reply.json())));
    document.title = byId("name").textContent = `${state.psa} simulator`;
    byId("tenant").textContent = `tenant ${state.tenant}`;
    byId("base").textContent = state.base_url;
    byId("outage").textContent = state.outage;
    byId("ticket-count").textContent = `${state.ticket_count}${tickets.length < state.ticket_count ? `, the newest ${tickets.length} shown` : ""}`;
    byId("no-tickets").hidden = tickets.length > 0;
    fill("tickets", tickets.map(ticketRow));
    fill("customers", PSA.customers(state).map((cells) => row(cells)));
    fill("seats", PSA.seats(state).map((cells) => row(cells, [2])));
    fill("requests", Object.entries(state.counts.requests).map((entry) => row(entry, [1])));
    fill("faults", Object.entries(state.counts.faults).map((entry) => row(entry, [1])));
    fill("rules", [...state.faults_waiting, ...state.schedule.rules].map((rule) =>
      row([rule.kind, [rule.method, rule.endpoint].filter(Boolean).join(" "),
        rule.next ? `the next ${rule.next}` : `${Math.round(rule.probability * 100)} %`])));
    byId("alive").textContent = `seen ${new Date().toLocaleTimeString()}`;
    if (chosen !== null) await show(chosen);
  } catch {
    byId("alive").textContent = "no answer";
  }
  setTimeout(look, 2000);
}

byId("columns").replaceChildren(...PSA.columns.map((name) => {
  const th = document.createElement("th");
  th.textContent = name;
  return th;
}));
look();
