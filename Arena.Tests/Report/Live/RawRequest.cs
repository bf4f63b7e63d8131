using System.Net.Sockets;
using System.Text;

namespace Arena.Tests.Report.Live;

/// <summary>A connection on which a test sends what no client would.</summary>
internal sealed class RawRequest : IDisposable
{
    private readonly TcpClient _client;

    private RawRequest(TcpClient client) => _client = client;

    public static async Task<RawRequest> Connect(Uri server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        return new RawRequest(client);
    }

    public void Dispose() => _client.Dispose();

    public async Task Send(string text)
    {
        try
        {
            await _client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text));
        }
        catch (IOException)
        {
            // The other side has ended the connection; so does the answer.
        }
    }

    /// <summary>Reads until the other side ends the connection.</summary>
    public async Task<string> Answer()
    {
        using var all = new MemoryStream();
        try
        {
            await _client.GetStream().CopyToAsync(all);
        }
        catch (IOException)
        {
            // It was ended before all that was sent was read.
        }
        return Encoding.Latin1.GetString(all.ToArray());
    }
}
