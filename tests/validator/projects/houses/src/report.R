print(commandArgs())
