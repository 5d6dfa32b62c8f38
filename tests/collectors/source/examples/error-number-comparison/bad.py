if "AADSTS65001" in result["error_description"]:
    ask_for_consent()
