# What is written onto tickets after they were made: repeats, recoveries, relapses, and the ticket that stands for many.

ticket-earlier = Earlier ticket about the same problem: { $ticket }

note-repeat-heading = It happened again
note-repeat-text = The problem was reported again at { $time } (UTC). Reports added to this ticket so far: { $count }.
note-resolve-heading = It is over
note-resolve-close-text = The source reported at { $time } (UTC) that the problem is over. PSA Bridge closes this ticket, because nobody has worked on it.
note-resolve-text = The source reported at { $time } (UTC) that the problem is over. PSA Bridge leaves this ticket open: close it when nothing is left to do.
note-relapse-heading = It is back
note-relapse-text = The problem was reported again at { $time } (UTC), after this ticket had been closed. PSA Bridge opens it again.

roll-up-title = Many problems at once: { $organization }
roll-up-heading = Many problems at once
roll-up-text = More new problems of { $organization } were reported within an hour than get a ticket of their own. This ticket stands for the rest; more of them are added as notes. Look for a common cause first.
roll-up-list-heading = Problems listed here: { $count }
roll-up-line = { $time } – { $title }
roll-up-line-resolved = { $time } – over: { $title }
