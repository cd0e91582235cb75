// What the page shows of Autotask's tickets and customers.
"use strict";

const PSA = {
  columns: ["#", "Company", "Category", "Priority", "Status", "Title", "Reference"],
  cells: (ticket) => [ticket.ticketNumber, ticket.companyName, ticket.ticketCategoryLabel, ticket.priorityLabel,
    ticket.statusLabel, ticket.title, ticket.externalID],
  closed: (ticket) => Boolean(ticket.completedDate),
  title: (ticket) => ticket.title,
  line: (ticket) => [ticket.companyName, ticket.queueIDLabel, ticket.issueTypeLabel, ticket.subIssueTypeLabel,
    `due ${ticket.dueDateTime}`, ticket.createDate].filter(Boolean).join(" · "),
  // Autotask shows descriptions as they are; so does the frame.
  html: (ticket) => {
    const pre = document.createElement("pre");
    pre.style.whiteSpace = "pre-wrap";
    pre.textContent = ticket.description ?? "";
    return pre.outerHTML;
  },
  notes: (ticket) => ticket.notes.map((note) => [note.title, note.description].filter(Boolean).join(" · ")),
  customers: (state) => state.companies.map((company) => [company.id, company.name, company.active ? "" : "inactive"]),
  seats: (state) => {
    const company = (id) => state.companies.find((known) => known.id === id)?.name ?? id;
    return state.contract_services.map((held) => [company(held.company_id), held.service, held.units]);
  },
};
