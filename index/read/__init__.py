"""Reading: from a question and retrieved passages to sentences that answer, and to a reply that quotes them."""
