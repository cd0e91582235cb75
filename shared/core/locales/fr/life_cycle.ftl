# Ce qui est écrit sur les tickets après leur création : répétitions, rétablissements, rechutes et ticket collectif.

ticket-earlier = Ticket précédent sur le même problème : { $ticket }

note-repeat-heading = Le problème s’est reproduit
note-repeat-text = Le problème a de nouveau été signalé à { $time } (UTC). Signalements ajoutés à ce ticket jusqu’ici : { $count }.
note-resolve-heading = Le problème est résolu
note-resolve-close-text = La source a signalé à { $time } (UTC) que le problème est résolu. PSA Bridge ferme ce ticket, car personne n’y a travaillé.
note-resolve-text = La source a signalé à { $time } (UTC) que le problème est résolu. PSA Bridge laisse ce ticket ouvert : fermez-le quand il n’y a plus rien à faire.
note-relapse-heading = Le problème est revenu
note-relapse-text = Le problème a de nouveau été signalé à { $time } (UTC), après la fermeture de ce ticket. PSA Bridge le rouvre.

roll-up-title = De nombreux problèmes à la fois : { $organization }
roll-up-heading = De nombreux problèmes à la fois
roll-up-text = En une heure, plus de nouveaux problèmes de { $organization } ont été signalés qu’il n’en faut pour un ticket par problème. Ce ticket tient lieu des autres ; les suivants sont ajoutés en notes. Cherchez d’abord une cause commune.
roll-up-list-heading = Problèmes énumérés ici : { $count }
roll-up-line = { $time } – { $title }
roll-up-line-resolved = { $time } – résolu : { $title }
