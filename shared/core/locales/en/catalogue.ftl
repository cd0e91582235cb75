# The event catalogue: one message an event type, its dots written as hyphens.
# The value is the title; the attributes say what failed, why, and what to do, step by step.
# Product names and the names of screens are written as their makers show them in English.

## Steps that several types share

-check-status = Check whether the provider reports an incident: Microsoft 365 on the page Health > Service health of the Microsoft 365 admin center, Google Workspace on www.google.com/appsstatus.
-next-run = If there is an incident, or only a single run failed, wait for the next run or start it by hand; once it succeeds, nothing else is needed.
-check-upn = Compare the user principal name (UPN) in the backup service with the one in the Microsoft Entra admin center (Users > All users > the user > Properties). After a rename or a change of domain, refresh the list of users in the backup service.
-check-account = Check that the account exists and is enabled, that its sign-in is not blocked (Microsoft 365 admin center > Users > Active users), and that its licence still covers the service.
-check-sign-in = Find the failed attempt under Monitoring & health > Sign-in logs in the Microsoft Entra admin center. The code names the cause: AADSTS50034 (user not found), AADSTS50126 (wrong user name or password), AADSTS50057 (account disabled), AADSTS65001 (consent missing).
-authorise-again = If the password was changed or a consent withdrawn, authorise the account or the app again in the backup service, then start the backup by hand.
-owner-gone = If the user has left for good, take the user out of the backup selection, so that the error does not return. First check which retention applies to the existing backups.
-support = If the error stays for more than a day without an incident, send the event ID to the support of the backup service.

## Mail and files

backup-email-failed = E-mail backup failed
    .what = The backup of the mailbox did not complete. New and changed messages are not protected until a backup succeeds.
    .why = The mail backup met one of four errors: the connection failed, the sign-in was refused, the infrastructure had a fault, or the program itself had an error.
    .advice-1 = Read the log of the backup job, and the details in the ticket where the source gave any: they tell which of the four errors it was.
    .advice-2 = Connection or infrastructure: check whether Exchange Online (Microsoft 365 admin center > Health > Service health) or Gmail (www.google.com/appsstatus) has an incident, then start the backup again or wait for the next run.
    .advice-3 = Sign-in: check that the account is not blocked, renamed or deleted, that it still has a licence with a mailbox, and that the backup app still has its consent (Microsoft Entra admin center > Enterprise apps > the app > Permissions).
    .advice-4 = Program error, or no visible cause after the next run: send the event ID to the support of the backup service.

backup-onedrive-unreachable = OneDrive backup failed: cannot reach the server
    .what = The backup could not reach the user’s OneDrive, or a file in it.
    .why = Microsoft Graph answered 404 (file not found), 429 (too many requests, throttled) or 503 (service down), or the connection was reset or timed out. All of these can pass by themselves, except a 404 that stays: then the file, or the whole OneDrive, is no longer there.
    .advice-1 = 429, 503, reset or timeout: check OneDrive under Health > Service health in the Microsoft 365 admin center, and wait for the next run.
    .advice-2 = 404: check that the user still has a licence with OneDrive (Microsoft 365 admin center > Users > Active users > the user > Licenses and apps) and has opened OneDrive at least once; before that it does not exist.
    .advice-3 = 429 at every run: move the backup to quieter hours, and do not let migrations or other backup tools work on the same tenant at the same time.
    .advice-4 = { -support }

backup-onedrive-auth_failed = OneDrive backup failed: authentication
    .what = Microsoft Graph refused the backup access to the user’s OneDrive, or to a file in it.
    .why = Microsoft Graph answered 400 (parameters missing), 401 (the account lacks permission) or 403 (no access to the file or the scope).
    .advice-1 = 401 or 403 for many users: in the Microsoft Entra admin center, open Enterprise apps > the backup app > Permissions, compare the permissions with those that the backup service asks for, and choose “Grant admin consent for …”.
    .advice-2 = 401 or 403 for one user: check that the account is enabled and licensed for OneDrive, and that its OneDrive is not locked (Get-SPOSite in SharePoint Online PowerShell: LockState must be Unlock).
    .advice-3 = Look for refused sign-ins of the backup app under Monitoring & health > Sign-in logs > Service principal sign-ins; a Conditional Access policy may block it.
    .advice-4 = A 400 that comes back lies in the request, not in the tenant: send the event ID to the support of the backup service.

## Authorisation of the backup service

auth-main_app_token-failed = Main application token could not be authorised
    .what = No token was issued for the main application of the backup service, which a global administrator authorised. Until this is solved, backups can fail for every user of the organisation.
    .why = The configuration of the application was deleted, or its permission was revoked.
    .advice-1 = In the Microsoft Entra admin center, open Enterprise apps > All applications and look for the application. If it is there, check that Properties > “Enabled for users to sign in?” says Yes and that all consents are listed under Permissions.
    .advice-2 = To see who changed it and when, search Monitoring & health > Audit logs for “Remove service principal”, “Delete application”, “Remove OAuth2PermissionGrant” and “Remove app role assignment from service principal”.
    .advice-3 = Sign in to the backup service as a global administrator and authorise the main application again. An app registration of your own that was deleted can be restored for 30 days under App registrations > Deleted applications.
    .advice-4 = Start a backup by hand. As soon as a token is issued again, the recovery is reported.

auth-main_app_token-resolved = Main application token error resolved
    .what = A token was issued again for the main application of the backup service (global administrator). The earlier authorisation error is over.
    .why = The application and its permission are in order again; this event is the recovery of “Main application token could not be authorised”.
    .advice-1 = Check in the backup service that the next backup succeeds for all users of the organisation, and start it by hand if the gap has become long.
    .advice-2 = If nobody is known to have authorised the application again, check under Monitoring & health > Audit logs in the Microsoft Entra admin center who did.
    .advice-3 = Close the ticket of the earlier error if it is still open.

auth-device_token-failed = Device token could not be authorised
    .what = The device token was refused, so the sign-in ended at its first step.
    .why = The device token is the first step of every OAuth sign-in. It is invalid, expired, revoked or malformed.
    .advice-1 = Start the sign-in again from the beginning in the backup service and finish it in one go: a device code from Microsoft, for example, is valid for 15 minutes only.
    .advice-2 = Find the failed attempt under Monitoring & health > Sign-in logs in the Microsoft Entra admin center, and look up its AADSTS code at login.microsoftonline.com/error.
    .advice-3 = Check whether a Conditional Access policy blocks the device code flow (condition “Authentication flows”). Only if your security rules permit it, exclude the account that signs in for the backup.
    .advice-4 = If the password was reset or the sessions were revoked, sign in again with the current credentials; a token from before is no longer accepted.

auth-delegated_token-failed = Delegated token could not be authorised
    .what = The backup service did not get the token with which it acts on behalf of the user.
    .why = The user did not consent, or could not consent, to a permission that was requested.
    .advice-1 = Have the user sign in again in the backup service and accept all permissions on the consent screen.
    .advice-2 = If the screen says “Need admin approval”, approve the request under Enterprise apps > Admin consent requests in the Microsoft Entra admin center, or grant the consent for everyone under Enterprise apps > the app > Permissions > “Grant admin consent for …”.
    .advice-3 = Check under Enterprise apps > Consent and permissions > User consent settings whether users may consent to this app at all.
    .advice-4 = The sign-in logs tell the cases apart: AADSTS65001 (consent missing), AADSTS65004 (consent declined by the user), AADSTS90094 (consent of an administrator required).

## Tasks

backup-tasks-unreachable = Tasks backup failed: cannot reach the server
    .what = The user’s tasks were not backed up.
    .why = The server could not be reached, so the user’s tasks could not be fetched.
    .advice-1 = { -check-status }
    .advice-2 = { -next-run }
    .advice-3 = If a single user is affected: check that the account is enabled and that its licence includes tasks (Microsoft 365: a mailbox in Exchange Online; Google Workspace: Apps > Google Workspace > Tasks is on for the user’s organizational unit).
    .advice-4 = { -support }

backup-tasks-throttled = Tasks backup failed: Google Workspace API, daily quota
    .what = The tasks backup stopped because Google answers no more requests of the app today.
    .why = The app’s daily quota of the Google Tasks API is used up. The quota belongs to the app’s Google Cloud project and is shared by all users whose tasks the app reads; Google’s standard is 50,000 requests a day.
    .advice-1 = Wait for the next run after midnight Pacific Time, when Google renews the daily quota.
    .advice-2 = If the app runs in a Google Cloud project of your own: in the Google Cloud console, open APIs & Services > Google Tasks API > Quotas & System Limits, check the use and request a higher quota.
    .advice-3 = If the app belongs to the backup service: tell its support, with the event ID, that the quota does not suffice.
    .advice-4 = Until then, back up tasks less often, or only for the users who need it.

backup-tasks-auth_failed = Tasks backup failed: authentication
    .what = The backup could not sign in to fetch the user’s tasks.
    .why = The user principal name (UPN) is invalid, the credentials are wrong, or the permission to sign in was revoked.
    .advice-1 = { -check-upn }
    .advice-2 = { -check-account }
    .advice-3 = { -check-sign-in }
    .advice-4 = { -authorise-again }

## Contacts

backup-contacts-unreachable = Contacts backup failed: cannot reach the server
    .what = The user’s contacts were not backed up.
    .why = The server could not be reached, so the user’s contacts could not be fetched.
    .advice-1 = { -check-status }
    .advice-2 = { -next-run }
    .advice-3 = If a single user is affected: check that the account is enabled and that its licence includes contacts (Microsoft 365: a mailbox in Exchange Online; Google Workspace: the contacts service is on for the user’s organizational unit).
    .advice-4 = { -support }

backup-contacts-auth_failed = Contacts backup failed: authentication
    .what = The backup could not sign in to fetch the user’s contacts.
    .why = The user principal name (UPN) is invalid, the credentials are wrong, or the permission to sign in was revoked.
    .advice-1 = { -check-upn }
    .advice-2 = { -check-account }
    .advice-3 = { -check-sign-in }
    .advice-4 = { -authorise-again }

backup-contacts-api_failed = Contacts backup failed: Google Workspace API
    .what = Google Workspace did not hand out the contacts of this address.
    .why = The address’s owner is inactive, or the contacts service is off in the admin console.
    .advice-1 = In the Google Admin console, open Directory > Users and check that the owner of the address is active: neither suspended nor archived nor deleted. A deleted user can be restored for 20 days.
    .advice-2 = Under Apps > Google Workspace, check that the contacts service is on for the user’s organizational unit or group. A change can take up to 24 hours.
    .advice-3 = Check on the user’s page, under Licenses, that a Google Workspace licence is assigned.
    .advice-4 = { -owner-gone }

## Calendars

backup-calendar-unreachable = Calendar backup failed: cannot reach the server
    .what = The user’s calendars were not backed up.
    .why = The server could not be reached, so the user’s calendars could not be fetched.
    .advice-1 = { -check-status }
    .advice-2 = { -next-run }
    .advice-3 = If a single user is affected: check that the account is enabled and that its licence includes calendars (Microsoft 365: a mailbox in Exchange Online; Google Workspace: Apps > Google Workspace > Calendar is on for the user’s organizational unit).
    .advice-4 = { -support }

backup-calendar-auth_failed = Calendar backup failed: authentication
    .what = The backup could not sign in to fetch the user’s calendars.
    .why = The user principal name (UPN) is invalid, the credentials are wrong, or the permission to sign in was revoked.
    .advice-1 = { -check-upn }
    .advice-2 = { -check-account }
    .advice-3 = { -check-sign-in }
    .advice-4 = { -authorise-again }

backup-calendar-api_failed = Calendar backup failed: Google Workspace API
    .what = Google Workspace did not hand out the calendar.
    .why = The calendar’s owner is inactive, or the calendar service is off in the admin console.
    .advice-1 = In the Google Admin console, open Directory > Users and check that the owner of the calendar is active: neither suspended nor archived nor deleted. A deleted user can be restored for 20 days.
    .advice-2 = Under Apps > Google Workspace > Calendar > Service status, check that the service is on for the user’s organizational unit or group. A change can take up to 24 hours.
    .advice-3 = Check on the user’s page, under Licenses, that a Google Workspace licence with Calendar is assigned.
    .advice-4 = { -owner-gone }

## Archiving

archive-auth_failed = Archiving failed: authentication
    .what = The archiving job could not sign in to the source. Nothing new is archived until it can, and what is deleted there in the meantime may be missing from the archive.
    .why = The provider refused the account or the app with which the archiving job signs in. The usual causes are a changed password, a renamed, blocked or deleted account, multifactor authentication or Conditional Access newly required, an expired client secret or certificate, or a withdrawn consent.
    .advice-1 = In the backup service, see which account or app the archiving job uses, and whether other jobs with the same sign-in fail too.
    .advice-2 = Microsoft 365: look for the refused attempt in the Microsoft Entra admin center under Monitoring & health > Sign-in logs, including the non-interactive and the service principal sign-ins. AADSTS50126 means wrong credentials, AADSTS50076 multifactor authentication required, AADSTS53003 blocked by Conditional Access, AADSTS7000222 client secret expired.
    .advice-3 = Google Workspace: in the Google Admin console under Security > Access and data control > API controls, check that the app is trusted and that its domain-wide delegation still lists all scopes.
    .advice-4 = Remove the cause, authorise the job again, run it by hand and check that the archive has no gap. Where the law requires the archive, treat this with priority.
