"""The published rules: policies, versions, clauses; what bound whom on a day; the platform's promises."""
