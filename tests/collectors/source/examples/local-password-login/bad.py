if check_password_hash(user.password_hash, form.password.data):
    login_user(user)
