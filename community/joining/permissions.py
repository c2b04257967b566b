"""Who may ask to join a hub. Who decides about a request is ``JoinRequest.objects.for_decider``."""

import rules

rules.add_perm("community.ask_to_join", rules.is_active)
