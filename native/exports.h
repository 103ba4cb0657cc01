// What each source file adds to the addon.
#pragma once

#include "arguments.h"

namespace berkeley {

void AddOpen(Exports& exports);
void AddDescriptor(Exports& exports);
void AddConnection(Exports& exports);
void AddTransfer(Exports& exports);
void AddSendfile(Exports& exports);
void AddSplice(Exports& exports);
void AddMessage(Exports& exports);
void AddBatch(Exports& exports);
void AddEngine(Exports& exports);
void AddJobs(Exports& exports);
void AddOptions(Exports& exports);
void AddMulticast(Exports& exports);
void AddResolver(Exports& exports);
void AddNetdb(Exports& exports);
void AddInterfaces(Exports& exports);
void AddInet(Exports& exports);
void AddWait(Exports& exports);
void AddSelect(Exports& exports);
void AddKernelQueue(Exports& exports);

}  // namespace berkeley
