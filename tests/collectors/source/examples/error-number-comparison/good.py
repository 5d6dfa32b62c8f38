if result.get("error") == "interaction_required":
    ask_for_consent()
