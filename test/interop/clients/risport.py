"""zeep as scripts use it: the WSDL by its URL, then queries. Prints what it read as JSON."""

import json
import sys

import requests
import urllib3
import zeep
from zeep.transports import Transport

urllib3.disable_warnings()
host, user, password = sys.argv[1:4]
url = f"https://{host}:8443/realtimeservice2/services/RISService70?wsdl"
session = requests.Session()
session.trust_env = False
session.verify = False
session.auth = (user, password)
client = zeep.Client(url, transport=Transport(session=session), settings=zeep.Settings(strict=True))
service = client.create_service(
    "{http://schemas.cisco.com/ast/soap}RisBinding",
    f"https://{host}:8443/realtimeservice2/services/RISService70",
)


def criteria(*items, **others):
    return {
        "MaxReturnedDevices": 1000,
        "DeviceClass": "Phone",
        "Model": 255,
        "Status": "Any",
        "SelectBy": "Name",
        "SelectItems": {"item": [{"Item": item} for item in items]},
        **others,
    }


def nodes(answer):
    return [
        {
            "node": node.Name,
            "code": node.ReturnCode,
            "devices": [
                {
                    "name": device.Name,
                    "status": device.Status,
                    "reason": device.StatusReason,
                    "model": device.Model,
                    "cti": device.IsCtiControllable,
                    "ip": [address.IP for address in device.IPAddress.item],
                    "lines": [[line.DirectoryNumber, line.Status] for line in device.LinesStatus.item],
                    "login": device.LoginUserId,
                }
                for device in (node.CmDevices.item if node.CmDevices else [])
            ],
        }
        for node in answer.SelectCmDeviceResult.CmNodes.item
    ]


def fault(ask):
    try:
        ask()
    except zeep.exceptions.Fault as error:
        return error.message
    return None


print(
    json.dumps(
        {
            "all": nodes(service.selectCmDevice("", criteria("*"))),
            "two": nodes(service.selectCmDeviceExt("", criteria("SEP000000000001", "SEP000000000002"))),
            "none": nodes(service.selectCmDevice("", criteria("SEPNOSUCHPHONE0"))),
            "cti": service.selectCtiItem(
                "", {"MaxReturnedItems": 10, "CtiMgrClass": "Provider", "Status": "Any"}
            ).SelectCtiItemResult.TotalItemsFound,
            "fault": fault(lambda: service.selectCmDevice("", criteria(",".join(f"SEP{n}" for n in range(2001))))),
        }
    )
)
