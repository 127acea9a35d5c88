"""What a message says, read by rule: its normal form, language, terms, doctors, dates and short replies.

Pure functions: nothing here knows Rasa, a database or the clock.
"""
