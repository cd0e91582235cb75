// What the page shows of Halo's tickets and customers.
"use strict";

function reference(ticket) {
  const custom = (ticket.customfields || []).map((field) => `${field.name ?? field.id}: ${field.value}`);
  return [ticket.third_party_id_string, ticket.client_reference, ticket.supplier_reference, ticket.reference, ...custom]
    .filter(Boolean).join(" · ");
}

const PSA = {
  columns: ["#", "Client", "Type", "Priority", "Status", "Title", "Reference"],
  cells: (ticket) => [ticket.id, ticket.client_name, ticket.tickettype_name, ticket.priority_name, ticket.status_name,
    ticket.summary, reference(ticket)],
  closed: (ticket) => ticket.hasbeenclosed,
  title: (ticket) => ticket.summary,
  line: (ticket) => `${ticket.client_name}, ${ticket.site_name}, ${ticket.user_name} · ${ticket.sla_name} / ` +
    `${ticket.priority_name} · ${ticket.team} · ${ticket.dateoccurred}`,
  html: (ticket) => ticket.details_html || "",
  notes: (ticket) => ticket.actions.map((action) => {
    const fields = action.fields || {};
    const note = fields.note || new DOMParser().parseFromString(fields.note_html || "", "text/html").body.textContent;
    return [action.outcome, action.who, note].filter(Boolean).join(" · ");
  }),
  customers: (state) => state.clients.map((client) => [client.id, client.name, client.inactive ? "inactive" : ""]),
  seats: (state) => {
    const client = (id) => state.clients.find((known) => known.id === id)?.name ?? id;
    return state.licences.map((licence) => [client(licence.client_id), licence.name, licence.count]);
  },
};
