using HCChat.Load;

string[] known = ["fanout", "log", "doors", "store", "crypto", "rtc"];
if (args.FirstOrDefault(a => !known.Contains(a)) is { } unknown)
{
    Console.Error.WriteLine($"'{unknown}' is not one of {string.Join(", ", known)}.");
    return 2;
}
using var scratch = new Scratch();
if (args.Length == 0 || args.Contains("fanout"))
{
    await Fanout.RunAsync(scratch);
}
if (args.Length == 0 || args.Contains("log"))
{
    await DurableSends.RunAsync(scratch);
    await Replay.RunAsync(scratch);
}
if (args.Contains("doors"))
{
    await Doors.RunAsync(scratch);
}
if (args.Contains("store"))
{
    await StoreTransfers.RunAsync(scratch);
}
if (args.Contains("crypto"))
{
    await Crypto.RunAsync();
}
if (args.Contains("rtc"))
{
    await Forwarding.RunAsync(scratch);
}
return 0;
