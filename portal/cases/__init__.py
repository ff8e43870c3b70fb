"""One conduct of one account: its people, reports, messages, work items, clocks, drafts."""
