# What is left to do before a connection can be confirmed, one message a code.

setup-settings_missing = Choose what tickets look like and save the ticket settings.
setup-emergency_contact_missing = Enter an emergency contact: the e-mail address that is written to when the connection stops working.
setup-test_ticket_missing = Send a test ticket and wait until it was found in the PSA. After a change of the credentials or the ticket settings it takes a new one.
setup-connection_suspended = The connection is suspended. Check it and correct what the check names, or enter valid credentials.
