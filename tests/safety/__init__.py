"""What has to hold in every message: emergencies are answered first, personal data stays nowhere."""
