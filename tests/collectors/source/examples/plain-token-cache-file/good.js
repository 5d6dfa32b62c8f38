const persistence = await PersistenceCreator.createPersistence({ cachePath, serviceName, accountName });
