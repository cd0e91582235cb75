# The event catalogue: one message an event type, its dots written as hyphens.
# The value is the title; the attributes say what failed, why, and what to do, step by step.
# Product names stay as they are; screens are named as their makers show them in German.

## Steps that several types share

-check-status = Prüfen Sie, ob der Anbieter eine Störung meldet: für Microsoft 365 auf der Seite „Dienststatus“ (Service health) im Microsoft 365 Admin Center, für Google Workspace unter www.google.com/appsstatus.
-next-run = Liegt eine Störung vor oder ist nur ein einzelner Lauf gescheitert, warten Sie den nächsten Lauf ab oder starten Sie ihn von Hand. Gelingt er, ist nichts weiter zu tun.
-check-upn = Vergleichen Sie den Benutzerprinzipalnamen (UPN) im Backup-Dienst mit dem im Microsoft Entra Admin Center (Benutzer > Alle Benutzer > der Benutzer > Eigenschaften). Aktualisieren Sie nach einer Umbenennung oder einem Wechsel der Domäne die Benutzerliste im Backup-Dienst.
-check-account = Prüfen Sie, ob das Konto vorhanden und aktiviert ist, ob seine Anmeldung nicht blockiert ist (Microsoft 365 Admin Center > Benutzer > Aktive Benutzer) und ob seine Lizenz den Dienst noch umfasst.
-check-sign-in = Suchen Sie den gescheiterten Versuch in den Anmeldeprotokollen (Sign-in logs) im Microsoft Entra Admin Center. Der Code nennt die Ursache: AADSTS50034 (Benutzer nicht gefunden), AADSTS50126 (Benutzername oder Kennwort falsch), AADSTS50057 (Konto deaktiviert), AADSTS65001 (Einwilligung fehlt).
-authorise-again = Wurde das Kennwort geändert oder eine Einwilligung entzogen, autorisieren Sie das Konto oder die App im Backup-Dienst erneut und starten Sie die Sicherung anschließend von Hand.
-owner-gone = Ist der Benutzer endgültig ausgeschieden, nehmen Sie ihn aus der Auswahl der Sicherung, damit der Fehler nicht wiederkehrt. Prüfen Sie vorher, welche Aufbewahrungsfrist für die vorhandenen Sicherungen gilt.
-support = Besteht der Fehler länger als einen Tag, ohne dass eine Störung vorliegt, senden Sie die Ereignis-ID an den Support des Backup-Dienstes.

## Mail and files

backup-email-failed = E-Mail-Sicherung fehlgeschlagen
    .what = Die Sicherung des Postfachs wurde nicht abgeschlossen. Neue und geänderte Nachrichten sind nicht geschützt, bis eine Sicherung gelingt.
    .why = Bei der E-Mail-Sicherung trat einer von vier Fehlern auf: Die Verbindung scheiterte, die Anmeldung wurde abgelehnt, die Infrastruktur war gestört, oder das Programm selbst hatte einen Fehler.
    .advice-1 = Lesen Sie das Protokoll des Sicherungsauftrags und, sofern die Quelle welche mitgibt, die Einzelheiten im Ticket: Daraus geht hervor, welcher der vier Fehler es war.
    .advice-2 = Verbindung oder Infrastruktur: Prüfen Sie, ob Exchange Online (Microsoft 365 Admin Center, Seite „Dienststatus“) oder Gmail (www.google.com/appsstatus) gestört ist. Starten Sie danach die Sicherung erneut oder warten Sie den nächsten Lauf ab.
    .advice-3 = Anmeldung: Prüfen Sie, ob das Konto blockiert, umbenannt oder gelöscht wurde, ob es noch eine Lizenz mit Postfach hat und ob die Einwilligung für die Backup-App noch besteht (Microsoft Entra Admin Center > Unternehmens-Apps > die App > Berechtigungen).
    .advice-4 = Programmfehler oder auch nach dem nächsten Lauf keine erkennbare Ursache: Senden Sie die Ereignis-ID an den Support des Backup-Dienstes.

backup-onedrive-unreachable = OneDrive-Sicherung fehlgeschlagen: Server nicht erreichbar
    .what = Die Sicherung konnte das OneDrive des Benutzers oder eine Datei darin nicht erreichen.
    .why = Microsoft Graph antwortete mit 404 (Datei nicht gefunden), 429 (zu viele Anfragen, gedrosselt) oder 503 (Dienst nicht verfügbar), oder die Verbindung wurde zurückgesetzt oder lief in eine Zeitüberschreitung. All das kann von selbst vorübergehen, außer ein bleibender Fehler 404: Dann gibt es die Datei oder das ganze OneDrive nicht mehr.
    .advice-1 = 429, 503, zurückgesetzte Verbindung oder Zeitüberschreitung: Prüfen Sie OneDrive auf der Seite „Dienststatus“ (Service health) im Microsoft 365 Admin Center und warten Sie den nächsten Lauf ab.
    .advice-2 = 404: Prüfen Sie, ob der Benutzer noch eine Lizenz mit OneDrive hat (Microsoft 365 Admin Center > Benutzer > Aktive Benutzer > der Benutzer > Lizenzen und Apps) und OneDrive mindestens einmal geöffnet hat; vorher ist es nicht vorhanden.
    .advice-3 = 429 bei jedem Lauf: Legen Sie die Sicherung in ruhigere Stunden und lassen Sie Migrationen oder andere Backup-Werkzeuge nicht gleichzeitig auf demselben Mandanten arbeiten.
    .advice-4 = { -support }

backup-onedrive-auth_failed = OneDrive-Sicherung fehlgeschlagen: Authentifizierung
    .what = Microsoft Graph verweigerte der Sicherung den Zugriff auf das OneDrive des Benutzers oder auf eine Datei darin.
    .why = Microsoft Graph antwortete mit 400 (Parameter fehlen), 401 (dem Konto fehlt die Berechtigung) oder 403 (kein Zugriff auf die Datei oder den Geltungsbereich).
    .advice-1 = 401 oder 403 bei vielen Benutzern: Öffnen Sie im Microsoft Entra Admin Center Unternehmens-Apps > die Backup-App > Berechtigungen, vergleichen Sie die Berechtigungen mit denen, die der Backup-Dienst verlangt, und erteilen Sie dort die Administratoreinwilligung.
    .advice-2 = 401 oder 403 bei einem Benutzer: Prüfen Sie, ob das Konto aktiviert und für OneDrive lizenziert ist und ob sein OneDrive nicht gesperrt ist (Get-SPOSite in der SharePoint Online PowerShell: LockState muss Unlock sein).
    .advice-3 = Suchen Sie in den Anmeldeprotokollen (Sign-in logs) unter den Anmeldungen der Dienstprinzipale nach abgelehnten Anmeldungen der Backup-App; eine Richtlinie für bedingten Zugriff kann sie blockieren.
    .advice-4 = Kehrt der Fehler 400 wieder, liegt er an der Anfrage, nicht am Mandanten: Senden Sie die Ereignis-ID an den Support des Backup-Dienstes.

## Authorisation of the backup service

auth-main_app_token-failed = Token der Hauptanwendung konnte nicht autorisiert werden
    .what = Für die Hauptanwendung des Backup-Dienstes, die ein globaler Administrator autorisiert hat, wurde kein Token ausgestellt. Bis das behoben ist, können die Sicherungen aller Benutzer der Organisation scheitern.
    .why = Die Konfiguration der Anwendung wurde gelöscht, oder ihre Berechtigung wurde widerrufen.
    .advice-1 = Öffnen Sie im Microsoft Entra Admin Center Unternehmens-Apps > Alle Anwendungen und suchen Sie die Anwendung. Ist sie vorhanden, prüfen Sie, ob in ihren Eigenschaften die Anmeldung für Benutzer aktiviert ist und ob unter Berechtigungen alle Einwilligungen stehen.
    .advice-2 = Wer sie wann geändert hat, zeigen die Überwachungsprotokolle (Audit logs): Suchen Sie nach „Remove service principal“, „Delete application“, „Remove OAuth2PermissionGrant“ und „Remove app role assignment from service principal“.
    .advice-3 = Melden Sie sich als globaler Administrator am Backup-Dienst an und autorisieren Sie die Hauptanwendung erneut. Eine gelöschte eigene App-Registrierung lässt sich 30 Tage lang unter App-Registrierungen > Gelöschte Anwendungen wiederherstellen.
    .advice-4 = Starten Sie eine Sicherung von Hand. Sobald wieder ein Token ausgestellt wird, wird die Behebung gemeldet.

auth-main_app_token-resolved = Fehler beim Token der Hauptanwendung behoben
    .what = Für die Hauptanwendung des Backup-Dienstes (globaler Administrator) wurde wieder ein Token ausgestellt. Der frühere Autorisierungsfehler ist vorüber.
    .why = Die Anwendung und ihre Berechtigung sind wieder in Ordnung; dieses Ereignis ist die Behebung von „Token der Hauptanwendung konnte nicht autorisiert werden“.
    .advice-1 = Prüfen Sie im Backup-Dienst, ob die nächste Sicherung für alle Benutzer der Organisation gelingt. Starten Sie sie von Hand, wenn die Lücke groß geworden ist.
    .advice-2 = Ist nicht bekannt, wer die Anwendung erneut autorisiert hat, sehen Sie in den Überwachungsprotokollen (Audit logs) im Microsoft Entra Admin Center nach.
    .advice-3 = Schließen Sie das Ticket zum früheren Fehler, falls es noch offen ist.

auth-device_token-failed = Gerätetoken konnte nicht autorisiert werden
    .what = Das Gerätetoken wurde abgelehnt; die Anmeldung endete damit bei ihrem ersten Schritt.
    .why = Das Gerätetoken ist der erste Schritt jeder OAuth-Anmeldung. Es ist ungültig, abgelaufen, widerrufen oder fehlerhaft aufgebaut.
    .advice-1 = Beginnen Sie die Anmeldung im Backup-Dienst von vorn und schließen Sie sie ohne Unterbrechung ab: Ein Gerätecode von Microsoft zum Beispiel gilt nur 15 Minuten.
    .advice-2 = Suchen Sie den gescheiterten Versuch in den Anmeldeprotokollen (Sign-in logs) im Microsoft Entra Admin Center und schlagen Sie seinen AADSTS-Code unter login.microsoftonline.com/error nach.
    .advice-3 = Prüfen Sie, ob eine Richtlinie für bedingten Zugriff den Gerätecodefluss blockiert (Bedingung „Authentifizierungsflüsse“). Nehmen Sie das Konto, das sich für die Sicherung anmeldet, nur dann aus, wenn Ihre Sicherheitsregeln das zulassen.
    .advice-4 = Wurde das Kennwort zurückgesetzt oder wurden die Sitzungen widerrufen, melden Sie sich mit den aktuellen Zugangsdaten neu an; ein älteres Token wird nicht mehr angenommen.

auth-delegated_token-failed = Delegiertes Token konnte nicht autorisiert werden
    .what = Der Backup-Dienst erhielt das Token nicht, mit dem er im Namen des Benutzers handelt.
    .why = Der Benutzer hat in eine angeforderte Berechtigung nicht eingewilligt oder konnte nicht einwilligen.
    .advice-1 = Bitten Sie den Benutzer, sich im Backup-Dienst erneut anzumelden und bei der Einwilligung alle Berechtigungen anzunehmen.
    .advice-2 = Verlangt die Seite die Genehmigung eines Administrators, genehmigen Sie die Anforderung im Microsoft Entra Admin Center unter Unternehmens-Apps > Anforderungen zur Administratoreinwilligung, oder erteilen Sie die Einwilligung für alle unter Unternehmens-Apps > die App > Berechtigungen.
    .advice-3 = Prüfen Sie unter Unternehmens-Apps > Einwilligung und Berechtigungen in den Einstellungen für die Benutzereinwilligung, ob Benutzer dieser App überhaupt zustimmen dürfen.
    .advice-4 = Die Anmeldeprotokolle unterscheiden die Fälle: AADSTS65001 (Einwilligung fehlt), AADSTS65004 (vom Benutzer abgelehnt), AADSTS90094 (Einwilligung eines Administrators erforderlich).

## Tasks

backup-tasks-unreachable = Aufgabensicherung fehlgeschlagen: Server nicht erreichbar
    .what = Die Aufgaben des Benutzers wurden nicht gesichert.
    .why = Der Server war nicht erreichbar; die Aufgaben des Benutzers konnten daher nicht abgerufen werden.
    .advice-1 = { -check-status }
    .advice-2 = { -next-run }
    .advice-3 = Ist nur ein Benutzer betroffen: Prüfen Sie, ob das Konto aktiviert ist und seine Lizenz Aufgaben umfasst (Microsoft 365: ein Postfach in Exchange Online; Google Workspace: Apps > Google Workspace > Google Tasks ist für die Organisationseinheit des Nutzers aktiviert).
    .advice-4 = { -support }

backup-tasks-throttled = Aufgabensicherung fehlgeschlagen: Google Workspace API, Tageskontingent
    .what = Die Aufgabensicherung brach ab, weil Google heute keine Anfragen der App mehr beantwortet.
    .why = Das Tageskontingent der App für die Google Tasks API ist aufgebraucht. Es gehört zum Google-Cloud-Projekt der App und wird von allen Benutzern geteilt, deren Aufgaben die App liest; üblich sind bei Google 50.000 Anfragen am Tag.
    .advice-1 = Warten Sie den nächsten Lauf nach Mitternacht Pazifischer Zeit ab; dann erneuert Google das Tageskontingent.
    .advice-2 = Läuft die App in einem eigenen Google-Cloud-Projekt: Öffnen Sie in der Google Cloud Console APIs & Dienste > Google Tasks API > Kontingente und Systemlimits, prüfen Sie die Nutzung und beantragen Sie ein höheres Kontingent.
    .advice-3 = Gehört die App dem Backup-Dienst: Melden Sie seinem Support unter Angabe der Ereignis-ID, dass das Kontingent nicht ausreicht.
    .advice-4 = Sichern Sie Aufgaben bis dahin seltener oder nur für die Benutzer, die darauf angewiesen sind.

backup-tasks-auth_failed = Aufgabensicherung fehlgeschlagen: Authentifizierung
    .what = Die Sicherung konnte sich nicht anmelden, um die Aufgaben des Benutzers abzurufen.
    .why = Der Benutzerprinzipalname (UPN) ist ungültig, die Zugangsdaten sind falsch, oder die Berechtigung zur Anmeldung wurde widerrufen.
    .advice-1 = { -check-upn }
    .advice-2 = { -check-account }
    .advice-3 = { -check-sign-in }
    .advice-4 = { -authorise-again }

## Contacts

backup-contacts-unreachable = Kontaktsicherung fehlgeschlagen: Server nicht erreichbar
    .what = Die Kontakte des Benutzers wurden nicht gesichert.
    .why = Der Server war nicht erreichbar; die Kontakte des Benutzers konnten daher nicht abgerufen werden.
    .advice-1 = { -check-status }
    .advice-2 = { -next-run }
    .advice-3 = Ist nur ein Benutzer betroffen: Prüfen Sie, ob das Konto aktiviert ist und seine Lizenz Kontakte umfasst (Microsoft 365: ein Postfach in Exchange Online; Google Workspace: der Kontaktedienst ist für die Organisationseinheit des Nutzers aktiviert).
    .advice-4 = { -support }

backup-contacts-auth_failed = Kontaktsicherung fehlgeschlagen: Authentifizierung
    .what = Die Sicherung konnte sich nicht anmelden, um die Kontakte des Benutzers abzurufen.
    .why = Der Benutzerprinzipalname (UPN) ist ungültig, die Zugangsdaten sind falsch, oder die Berechtigung zur Anmeldung wurde widerrufen.
    .advice-1 = { -check-upn }
    .advice-2 = { -check-account }
    .advice-3 = { -check-sign-in }
    .advice-4 = { -authorise-again }

backup-contacts-api_failed = Kontaktsicherung fehlgeschlagen: Google Workspace API
    .what = Google Workspace gab die Kontakte dieser Adresse nicht heraus.
    .why = Der Inhaber der Adresse ist inaktiv, oder der Kontaktedienst ist in der Admin-Konsole deaktiviert.
    .advice-1 = Öffnen Sie in der Google Admin-Konsole Verzeichnis > Nutzer und prüfen Sie, ob der Inhaber der Adresse aktiv ist, also weder gesperrt noch archiviert noch gelöscht. Ein gelöschter Nutzer lässt sich 20 Tage lang wiederherstellen.
    .advice-2 = Prüfen Sie unter Apps > Google Workspace, ob der Kontaktedienst für die Organisationseinheit oder Gruppe des Nutzers aktiviert ist. Eine Änderung kann bis zu 24 Stunden dauern.
    .advice-3 = Prüfen Sie auf der Seite des Nutzers unter Lizenzen, ob eine Google-Workspace-Lizenz zugewiesen ist.
    .advice-4 = { -owner-gone }

## Calendars

backup-calendar-unreachable = Kalendersicherung fehlgeschlagen: Server nicht erreichbar
    .what = Die Kalender des Benutzers wurden nicht gesichert.
    .why = Der Server war nicht erreichbar; die Kalender des Benutzers konnten daher nicht abgerufen werden.
    .advice-1 = { -check-status }
    .advice-2 = { -next-run }
    .advice-3 = Ist nur ein Benutzer betroffen: Prüfen Sie, ob das Konto aktiviert ist und seine Lizenz Kalender umfasst (Microsoft 365: ein Postfach in Exchange Online; Google Workspace: Apps > Google Workspace > Kalender ist für die Organisationseinheit des Nutzers aktiviert).
    .advice-4 = { -support }

backup-calendar-auth_failed = Kalendersicherung fehlgeschlagen: Authentifizierung
    .what = Die Sicherung konnte sich nicht anmelden, um die Kalender des Benutzers abzurufen.
    .why = Der Benutzerprinzipalname (UPN) ist ungültig, die Zugangsdaten sind falsch, oder die Berechtigung zur Anmeldung wurde widerrufen.
    .advice-1 = { -check-upn }
    .advice-2 = { -check-account }
    .advice-3 = { -check-sign-in }
    .advice-4 = { -authorise-again }

backup-calendar-api_failed = Kalendersicherung fehlgeschlagen: Google Workspace API
    .what = Google Workspace gab den Kalender nicht heraus.
    .why = Der Inhaber des Kalenders ist inaktiv, oder der Kalenderdienst ist in der Admin-Konsole deaktiviert.
    .advice-1 = Öffnen Sie in der Google Admin-Konsole Verzeichnis > Nutzer und prüfen Sie, ob der Inhaber des Kalenders aktiv ist, also weder gesperrt noch archiviert noch gelöscht. Ein gelöschter Nutzer lässt sich 20 Tage lang wiederherstellen.
    .advice-2 = Prüfen Sie unter Apps > Google Workspace > Kalender > Dienststatus, ob der Dienst für die Organisationseinheit oder Gruppe des Nutzers aktiviert ist. Eine Änderung kann bis zu 24 Stunden dauern.
    .advice-3 = Prüfen Sie auf der Seite des Nutzers unter Lizenzen, ob eine Google-Workspace-Lizenz mit Kalender zugewiesen ist.
    .advice-4 = { -owner-gone }

## Archiving

archive-auth_failed = Archivierung fehlgeschlagen: Authentifizierung
    .what = Der Archivierungsauftrag konnte sich nicht an der Quelle anmelden. Bis das gelingt, wird nichts Neues archiviert, und was dort inzwischen gelöscht wird, kann im Archiv fehlen.
    .why = Der Anbieter hat das Konto oder die App abgelehnt, womit sich der Archivierungsauftrag anmeldet. Übliche Ursachen sind ein geändertes Kennwort, ein umbenanntes, blockiertes oder gelöschtes Konto, neu verlangte Multi-Faktor-Authentifizierung, eine neue Richtlinie für bedingten Zugriff, ein abgelaufener geheimer Clientschlüssel, ein abgelaufenes Zertifikat oder eine entzogene Einwilligung.
    .advice-1 = Sehen Sie im Backup-Dienst nach, welches Konto oder welche App der Archivierungsauftrag verwendet und ob weitere Aufträge mit derselben Anmeldung scheitern.
    .advice-2 = Microsoft 365: Suchen Sie den abgelehnten Versuch im Microsoft Entra Admin Center in den Anmeldeprotokollen (Sign-in logs), auch unter den nicht interaktiven Anmeldungen und denen der Dienstprinzipale. AADSTS50126 bedeutet falsche Zugangsdaten, AADSTS50076 Multi-Faktor-Authentifizierung erforderlich, AADSTS53003 durch bedingten Zugriff blockiert, AADSTS7000222 geheimer Clientschlüssel abgelaufen.
    .advice-3 = Google Workspace: Prüfen Sie in der Google Admin-Konsole unter Sicherheit > Zugriffs- und Datenkontrolle > API-Steuerung, ob die App vertrauenswürdig ist und ihre domainweite Delegierung noch alle Bereiche enthält.
    .advice-4 = Beheben Sie die Ursache, autorisieren Sie den Auftrag erneut, starten Sie ihn von Hand und prüfen Sie das Archiv auf Lücken. Ist das Archiv gesetzlich vorgeschrieben, behandeln Sie den Fall vorrangig.
