"""ReDSM5: fetched from the Hugging Face hub and compared with its published card."""
