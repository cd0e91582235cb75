# Was nach dem Anlegen auf Tickets geschrieben wird: Wiederholungen, Entwarnungen, Rückfälle und das Sammelticket.

ticket-earlier = Früheres Ticket zum selben Problem: { $ticket }

note-repeat-heading = Erneut aufgetreten
note-repeat-text = Das Problem wurde um { $time } (UTC) erneut gemeldet. Bisher auf diesem Ticket ergänzte Meldungen: { $count }.
note-resolve-heading = Behoben
note-resolve-close-text = Die Quelle hat um { $time } (UTC) gemeldet, dass das Problem behoben ist. PSA Bridge schließt dieses Ticket, weil niemand daran gearbeitet hat.
note-resolve-text = Die Quelle hat um { $time } (UTC) gemeldet, dass das Problem behoben ist. PSA Bridge lässt dieses Ticket offen: Schließen Sie es, wenn nichts mehr zu tun ist.
note-relapse-heading = Wieder aufgetreten
note-relapse-text = Das Problem wurde um { $time } (UTC) erneut gemeldet, nachdem dieses Ticket geschlossen worden war. PSA Bridge öffnet es wieder.

roll-up-title = Viele Probleme auf einmal: { $organization }
roll-up-heading = Viele Probleme auf einmal
roll-up-text = Innerhalb einer Stunde wurden für { $organization } mehr neue Probleme gemeldet, als ein eigenes Ticket bekommen. Dieses Ticket steht für die übrigen; weitere werden als Notizen ergänzt. Suchen Sie zuerst nach einer gemeinsamen Ursache.
roll-up-list-heading = Hier aufgeführte Probleme: { $count }
roll-up-line = { $time } – { $title }
roll-up-line-resolved = { $time } – behoben: { $title }
