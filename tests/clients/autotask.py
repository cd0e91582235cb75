"""What a user of the public library django-autotask does with a tenant, from the zone to closing a ticket.

Only the library's own calls are made, set up as its documentation says. The address it asks for the zone is its setting
AUTOTASK_SERVER_URL; the address of everything else comes from there. Prints one JSON object.
"""

import datetime
import decimal
import json
import os
import sys

import django
from django.conf import settings

USER = os.environ["AUTOTASK_USER"]

settings.configure(
    INSTALLED_APPS=["djautotask"],
    USE_TZ=True,
    # What it logs of each refusal is in the exception as well.
    LOGGING={"version": 1, "loggers": {"djautotask": {"level": "CRITICAL"}}},
    AUTOTASK_SERVER_URL=os.environ["AUTOTASK_SERVER_URL"],
    AUTOTASK_CREDENTIALS={
        "username": USER,
        "password": os.environ["AUTOTASK_SECRET"],
        "integration_code": os.environ["AUTOTASK_INTEGRATION_CODE"],
        "rest_api_version": "1.0",
    },
)
django.setup()

from djautotask import api, models  # noqa: E402, the settings come first

COMPANY = os.environ["AUTOTASK_COMPANY"]
DUE = datetime.datetime(2031, 5, 17, 12, 30, tzinfo=datetime.timezone.utc)


def refusal(call):
    """How the library reports that the PSA said no."""
    try:
        return {"accepted": call()}
    except api.AutotaskAPIError as error:
        return {"error": type(error).__name__, "message": ", ".join(map(str, error.args))}


def query(client, op, field, value, **paging):
    client.add_condition(api.ApiCondition(op=op, field=field, value=value))
    return client.get(None, **paging)


def picklists():
    """The values that a ticket may have: of each field, by their labels."""
    fields = api.TicketPicklistAPIClient().get(None)["fields"]
    return {
        field["name"]: {value["label"]: int(value["value"]) for value in field["picklistValues"] if value["isActive"]}
        for field in fields
        if field["isPickList"]
    }


def both_pages(company):
    client = api.TicketsAPIClient()
    first = query(client, "eq", "companyID", company, page_size=1)
    return [first, client.get(first["pageDetails"]["nextPageUrl"])]


def main():
    zone = api.get_zone_info(USER)
    companies = query(api.AccountsAPIClient(), "eq", "isActive", True)["items"]
    company = next(company["id"] for company in companies if company["companyName"] == COMPANY)
    values = picklists()
    wanted = {
        "companyID": company,
        "status": values["status"]["New"],
        "priority": values["priority"]["High"],
        "queueID": values["queueID"]["Backup"],
        "ticketType": values["ticketType"]["Alert"],
        "source": values["source"]["Monitoring Alert"],
        "dueDateTime": DUE,
    }

    def create(**fields):
        return api.TicketsAPIClient().create(models.Ticket(), **(wanted | fields))

    ticket = create(
        title="Backup failed: mailbox of Robin Contact",
        description="Quota exceeded – Größe prüfen",
        externalID="event-4711",
        issueType=values["issueType"]["Backup"],
        subIssueType=values["subIssueType"]["Microsoft 365"],
        assignedResourceID=29,
        assignedResourceRoleID=8,
        # The library writes it in quotes.
        estimatedHours=decimal.Decimal("1.5"),
        purchaseOrderNumber="PO-7",
    )
    other = create(title="Printer jams")
    note = api.TicketNotesAPIClient().create(
        models.TicketNote(),
        models.Ticket(id=ticket),
        title="Repeated",
        description="Seen again at 03:00",
        noteType=3,
        publish=2,
    )

    found = {
        "by_id": api.TicketsAPIClient().get_single(ticket)["item"],
        "by_reference": query(api.TicketsAPIClient(), "eq", "externalID", "event-4711")["items"],
        "by_title": query(api.TicketsAPIClient(), "contains", "title", "mailbox of Robin")["items"],
        "by_ids": query(api.TicketsAPIClient(), "in", "id", [ticket, other])["items"],
        "elsewhere": query(api.TicketsAPIClient(), "noteq", "companyID", company)["items"],
        "pages": both_pages(company),
        "notes": query(api.TicketNotesAPIClient(), "eq", "ticketID", ticket)["items"],
    }
    # The library clears a field by an empty text.
    changes = {"status": values["status"]["Complete"], "purchaseOrderNumber": None}
    api.TicketsAPIClient().update(models.Ticket(id=ticket), changes)

    json.dump(
        {
            "zone": zone,
            "companies": companies,
            "wanted": wanted | {"dueDateTime": DUE.isoformat()},
            "complete": values["status"]["Complete"],
            "ticket": ticket,
            "other": other,
            "note": note,
            "found": found,
            "closed": api.TicketsAPIClient().get_single(ticket)["item"],
            "refusals": {
                "unknown_user": refusal(lambda: api.get_zone_info("nobody@example.com")),
                "wrong_secret": refusal(
                    lambda: query(api.TicketsAPIClient(password="wrong"), "gte", "id", 1)
                ),
                "wrong_integration": refusal(
                    lambda: query(api.TicketsAPIClient(integration_code="WRONG"), "gte", "id", 1)
                ),
                "priority": refusal(lambda: create(title="How urgent?", priority=4711)),
                "category": refusal(
                    lambda: create(title="What is it?", ticketCategory=values["ticketCategory"]["Incident"])
                ),
                "note_type": refusal(
                    lambda: api.TicketNotesAPIClient().create(
                        models.TicketNote(), models.Ticket(id=ticket), title="Kind?", description="?", noteType=4711
                    )
                ),
                "no_such_ticket": refusal(lambda: api.TicketsAPIClient().get_single(999999)),
            },
        },
        sys.stdout,
    )


main()
