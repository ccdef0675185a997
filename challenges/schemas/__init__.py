"""The API's shapes of what is carried from the list to the last payment."""
