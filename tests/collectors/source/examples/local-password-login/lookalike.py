password = forms.CharField(help_text="check_password_hash is not used: Entra ID signs in")
