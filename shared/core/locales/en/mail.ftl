# Mails to a partner's emergency contact.

mail-greeting = Hello,
mail-since = Since: { $time } (UTC)
mail-until = Until: { $time } (UTC)
mail-at = When: { $time } (UTC)
mail-waiting = Tickets waiting: { $count }
mail-portal = Open the connection: { $url }
mail-footer = PSA Bridge writes to you because this address is the emergency contact of the connection. Notice { $notice }

## It stopped

mail-subject-stopped = Action may be needed: tickets to { $psa } ({ $tenant }) have stopped
mail-subject-amiss = Action needed: the ticket settings no longer fit { $psa } ({ $tenant })

mail-cause-credentials = { $psa } ({ $tenant }) no longer accepts the credentials of PSA Bridge, so no tickets are made.
mail-cause-permission = The API user of PSA Bridge lacks a permission in { $psa } ({ $tenant }), so no tickets are made.
mail-cause-unavailable = PSA Bridge cannot reach { $psa } ({ $tenant }), or it is in maintenance, so no tickets are made.
mail-cause-budget = The request limit of { $psa } ({ $tenant }) has been used up for a long time, so tickets are late.
mail-cause-settings_missing = The ticket settings for { $psa } ({ $tenant }) were reset and no others were saved, so no tickets are made.
mail-cause-settings_unfit = Something changed in { $psa } ({ $tenant }): some of the values in the ticket settings are no longer there, or a new field is required.

mail-fix-credentials = What to do: check in the PSA that the API user and its integration are active and not locked. Then enter valid credentials in the connection, or check the connection again. PSA Bridge does not try again by itself, so that the API user is not locked.
mail-fix-permission = What to do: check the connection. The check names what is missing. Grant it to the API user in the PSA, then check again. PSA Bridge does not try again by itself.
mail-fix-unavailable = What to do: usually nothing. PSA Bridge looks again by itself and goes on as soon as the PSA answers. If the PSA works for you all the same, check the connection.
mail-fix-budget = What to do: nothing, if this is an exception; PSA Bridge goes on as the limit allows. If it happens often, check which other tools use the API of the PSA.
mail-fix-settings_missing = What to do: choose what tickets look like and save the ticket settings.
mail-fix-settings_unfit = What to do: open the ticket settings, correct the values that are marked there, and save them.

mail-nothing-lost = Nothing is lost: what waits is sent in order once the connection works again. You will get one more mail then.
mail-may-be-refused = Until then the PSA may refuse tickets. Refused ones can be retried once the settings are right.

## It is over

mail-subject-recovered = In order again: the connection to { $psa } ({ $tenant })
mail-recovered = The connection to { $psa } ({ $tenant }) works again.
mail-was-credentials = The PSA had refused the credentials.
mail-was-permission = The API user had lacked a permission.
mail-was-unavailable = The PSA had not been reachable.
mail-was-budget = The request limit of the PSA had been used up.
mail-was-settings_missing = The ticket settings had been missing.
mail-was-settings_unfit = The ticket settings had not fitted the PSA.
mail-nothing-to-do = What waited is being sent now, in order. You need do nothing.

## It was revoked

mail-subject-revoked = The connection to { $psa } ({ $tenant }) was revoked
mail-revoked = The connection of PSA Bridge to { $psa } ({ $tenant }) was revoked by a user of your organisation. No more tickets are made, and what was waiting ends without one.
mail-revoked-fix = If this was a mistake, connect the PSA again and map the organisations: the events of the last 48 hours then become tickets. If nobody of yours did it, tell the vendor.
