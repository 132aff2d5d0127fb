"""The isolated child: opens one secret, makes one probe, answers."""
