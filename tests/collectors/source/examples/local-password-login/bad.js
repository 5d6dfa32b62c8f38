const match = await bcrypt.compare(password, user.password);
