const persistence = await orders.createPersistence(settings);
