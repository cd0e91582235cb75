"""What a user of the public library HaloPSA does with a tenant, from signing in to closing a ticket.

Only the library's own calls are made, with what its documentation says to give them. The settings that lead it to a
simulator are those of the network around it: HTTPS_PROXY and REQUESTS_CA_BUNDLE. Prints one JSON object.
"""

import json
import os
import sys

from HaloPSA.Halo import Halo

PRIVATE_NOTE = 7
CLOSED = 9


def refusal(call):
    """How the library reports that the PSA said no."""
    try:
        return {"accepted": call()}
    except Exception as error:  # the library raises whatever it finds, plain Exception among it
        return {"error": type(error).__name__, "message": str(error)}


def sign_in(secret):
    return Halo(os.environ["TENANT"], os.environ["CLIENT_ID"], secret)


def main():
    wrong_secret = refusal(lambda: sign_in("wrong"))
    halo = sign_in(os.environ["CLIENT_SECRET"])

    clients = halo.Clients.get_all()
    acme = next(client for client in clients if client["name"] == "Acme & Sons")
    ticket_types = halo.TicketTypes.search()
    alert = next(kind for kind in ticket_types if kind["name"] == "Alert")

    created = halo.Tickets.update(
        summary="Backup failed: mailbox of Robin Contact",
        details="Quota exceeded – Größe prüfen",
        client_id=acme["id"],
        tickettype_id=alert["id"],
        priority_id=2,
        agent_id=50,
        category_1="Backup>Microsoft 365",
        third_party_id_string="event-4711",
        customfields=[{"name": "CFEnvironment", "value": "Production"}],
    )
    ticket = created["id"]
    note = halo.Actions.update(ticket_id=ticket, outcome_id=PRIVATE_NOTE, note="Seen again at 03:00")
    other = halo.Tickets.update(summary="Printer jams", client_id=acme["id"], tickettype_id=1)

    found = {
        "by_id": halo.Tickets.get(ticket, includedetails=True),
        "by_summary": halo.Tickets.search(search_summary="mailbox of Robin", client_id=acme["id"]),
        "by_client": halo.Tickets.search(client_id=acme["id"], pageinate=True, page_size=1, page_no=2),
        "elsewhere": halo.Tickets.search(client_id=clients[-1]["id"]),
        "client": halo.Clients.get(acme["id"], includedetails=True),
        "notes": halo.Actions.search(ticket_id=ticket, excludesys=True),
    }
    closed = halo.Tickets.update(id=ticket, status_id=CLOSED)

    json.dump(
        {
            "clients": clients,
            "ticket_types": ticket_types,
            "created": created,
            "note": note,
            "other": other,
            "found": found,
            "closed": closed,
            "open_after": halo.Tickets.search(client_id=acme["id"], open_only=True),
            "refusals": {
                "wrong_secret": wrong_secret,
                "no_client": refusal(lambda: halo.Tickets.update(summary="Whose?", tickettype_id=alert["id"])),
                "priority": refusal(
                    lambda: halo.Tickets.update(
                        summary="How urgent?", client_id=acme["id"], tickettype_id=alert["id"], priority_id=99
                    )
                ),
                "no_such_ticket": refusal(lambda: halo.Tickets.get(999999)),
            },
        },
        sys.stdout,
    )


main()
