# The frame of a ticket's text: headings, labels, and the test ticket.
# Connectors add what stands between a label and its value.

ticket-title-with-account = { $title } – { $account }
ticket-type-reported = An event of the type { $type } was reported.

ticket-heading-happened = What happened
ticket-heading-meaning = What it means
ticket-heading-advice = What to do
ticket-heading-details = Details from the source
ticket-heading-event = Event

ticket-label-time = Time (UTC)
ticket-label-organization = Organisation
ticket-organization-with-id = { $name } ({ $id })
ticket-label-account = Account
ticket-label-severity = Severity
ticket-label-event-id = Event ID
ticket-label-source = Source
ticket-label-type = Type
ticket-link = More at the source

test-ticket-title = Test ticket from PSA Bridge
test-ticket-heading = This is a test
test-ticket-text = PSA Bridge created this ticket for { $client } to test the connection. Nothing is wrong, and no work is needed.
test-ticket-advice = Check that the client, the ticket type and the other fields are as you chose them in the ticket settings. Leave the ticket in place until PSA Bridge reports that the test has passed; then you can close or delete it.
