"""Who may change the pages at the foot."""

import rules

from community.hubs.permissions import is_facilitator

rules.add_perm("portal.edit_page", rules.is_active & is_facilitator)
