using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GameLoop.Rules;

namespace GameLoop.Backends.Gc;

// The life of entities from frame to frame; the other file keeps, makes and frees them.
internal sealed partial class GcWorld
{
    protected override void ThinkShips(ref FrameView view)
    {
        for (var berth = ShipRules.FirstThinker(Frame); berth < _ships.Length; berth += ShipRules.FramesPerThought)
            Think(_ships[berth], view.Grid);
    }

    protected override void MoveShips(ref FrameView view)
    {
        foreach (var ship in _ships)
        {
            ReadMessage(ship);
            ShipRules.Step(ref ship.State, Space);
            if (TrailRules.IsDue(Frame + ship.State.Berth))
                Lengthen(ship.Trail, ship.State.Position);
            view.Picture.Draw(ship.State.Position, Colours.Ship(ship.State.Faction));
        }
    }

    protected override void StepShots(ref FrameView view)
    {
        for (var i = 0; i < _shots.Count;)
        {
            if (StepShot(_shots[i], ref view))
                i++;
            else
                RemoveAt(_shots, i);
        }
    }

    protected override void StepParticles(ref FrameView view)
    {
        for (var i = 0; i < _particles.Count;)
        {
            var particle = _particles[i];
            if (ParticleRules.Step(ref particle.State, Space))
            {
                view.Picture.Draw(particle.State.Position, particle.State.Colour);
                i++;
            }
            else
            {
                RemoveAt(_particles, i);
            }
        }
    }

    protected override void StepPickups(ref FrameView view)
    {
        for (var i = 0; i < _pickups.Count;)
        {
            if (StepPickup(_pickups[i], ref view))
                i++;
            else
                RemoveOrForgetPickup(i);
        }
    }

    // The order of a list does not matter here, so its last element fills the gap.
    private static void RemoveAt<T>(List<T> list, int index)
    {
        list[index] = list[^1];
        list.RemoveAt(list.Count - 1);
    }

    private void RemoveOrForgetPickup(int index)
    {
        var pickup = _pickups[index];
        RemoveAt(_pickups, index);
        if (!Forgets(in pickup.State))
            return;
        pickup.DropLog();
        Forget(pickup, Forgettable.Pickup, Unsafe.SizeOf<PickupState>() + nint.Size);
    }

    private void ReadMessage(Ship ship)
    {
        if (ship.Inbox is not { } message || Frame < ship.State.MessageArrival)
            return;
        ShipRules.Learn(ref ship.State, MessageRules.Read(message));
        ship.Inbox = null;
        if (Forgets(ship.State.Berth))
            Forget(message, Forgettable.Message, message.Length);
    }

    private void Think(Ship ship, ShipGrid grid)
    {
        var around = grid.Look(in ship.State);
        var toTarget = Aim(ship, around.NearestEnemy);
        var toPoint = FollowPath(ship);
        var wake = TrailRules.Wake(CollectionsMarshal.AsSpan(ship.Trail), Space);
        ShipRules.Steer(ref ship.State, in around, toPoint, toTarget, wake);
        SendMessage(ship);
    }

    private Vector2? Aim(Ship ship, int nearestEnemy)
    {
        if (ship.Target is { IsLost: false } target)
        {
            var toTarget = Space.Delta(ship.State.Position, target.State.Position);
            if (ShipRules.KeepsLock(toTarget))
                return toTarget;
        }
        ship.Target = nearestEnemy < 0 ? null : _ships[nearestEnemy];
        return ship.Target is null ? null : Space.Delta(ship.State.Position, ship.Target.State.Position);
    }

    private Vector2 FollowPath(Ship ship)
    {
        var point = PathRules.CurrentPoint(in ship.State, Frame);
        if (ship.Path is null || point >= ship.Path.Length)
        {
            if (ship.Path is not null && Forgets(ship.State.Berth))
                Forget(ship.Path, Forgettable.Path, ship.Path.Length * Unsafe.SizeOf<Vector2>());
            var rng = Decide(Decision.Plan, ship.State.Berth);
            ship.Path = new Vector2[PathRules.ChooseLength(ref rng)];
            PathRules.Plan(ship.Path, ship.State.Position, Space, ref rng);
            ship.State.PathStart = Frame;
            Allocations++;
            point = 0;
        }
        return Space.Delta(ship.State.Position, ship.Path[point]);
    }

    private void SendMessage(Ship ship)
    {
        var rng = Decide(Decision.Send, ship.State.Berth);
        var berth = ShipRules.Wingman(ship.State.Berth);
        if (!MessageRules.IsDue(ref rng) || berth >= _ships.Length || _ships[berth].Inbox is not null)
            return;
        var wingman = _ships[berth];
        wingman.Inbox = new byte[MessageRules.ChooseBytes(ref rng)];
        wingman.State.MessageArrival = Frame + MessageRules.Flight(ref rng);
        MessageRules.Write(wingman.Inbox, ref rng);
        Allocations++;
    }

    private void Lengthen(List<Vector2> trail, Vector2 point)
    {
        if (trail.Count == TrailRules.MaximumPoints)
            trail.RemoveAt(0);
        else if (trail.Count == trail.Capacity)
            Allocations++;
        trail.Add(point);
    }

    private bool StepShot(Shot shot, ref FrameView view)
    {
        if (shot.Target is { IsLost: false } target)
            ShotRules.Seek(ref shot.State, target.State.Position, Space);
        if (!ShotRules.Step(ref shot.State, Space))
            return false;
        var hit = ShotRules.FindHit(in shot.State, view.Grid);
        if (hit >= 0)
        {
            ShipRules.Hit(ref _ships[hit].State);
            return false;
        }
        if (TrailRules.IsDue(shot.State.FramesLeft))
            Lengthen(shot.Trail, shot.State.Position);
        view.Picture.Draw(shot.State.Position, Colours.Shot);
        return true;
    }

    private bool StepPickup(Pickup pickup, ref FrameView view)
    {
        if (!PickupRules.Step(ref pickup.State, Space))
            return false;
        var finder = PickupRules.FindFinder(in pickup.State, view.Grid);
        if (finder >= 0)
        {
            ShipRules.Find(ref _ships[finder].State, in pickup.State, MessageRules.Read(pickup.Log));
            return false;
        }
        view.Picture.Draw(pickup.State.Position, Colours.Pickup);
        return true;
    }
}
