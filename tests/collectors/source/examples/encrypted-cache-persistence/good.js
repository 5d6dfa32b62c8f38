const persistence = await PersistenceCreator.createPersistence(settings);
