const same = versions.compare(installed, wanted);
