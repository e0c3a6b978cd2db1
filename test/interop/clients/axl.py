"""zeep as scripts use it for AXL: a WSDL by its URL or from a file, then operations. Prints what it read as JSON."""

import json
import sys

import requests
import urllib3
import zeep
from zeep.transports import Transport

urllib3.disable_warnings()
host, user, password, wsdl = sys.argv[1:5]
session = requests.Session()
session.trust_env = False
session.verify = False
session.auth = (user, password)
client = zeep.Client(wsdl, transport=Transport(session=session), settings=zeep.Settings(strict=True))
service = client.create_service("{http://www.cisco.com/AXLAPIService/}AXLAPIBinding", f"https://{host}:8443/axl/")


def text(value):
    return value if isinstance(value, (str, type(None))) else value["_value_1"]


def fault(ask):
    try:
        ask()
    except zeep.exceptions.Fault as error:
        return [error.message, error.detail.findtext(".//axlcode") if error.detail is not None else None]
    return None


def phones(name):
    found = service.listPhone(
        searchCriteria={"name": name}, returnedTags={"name": "", "description": "", "devicePoolName": ""}
    )["return"]
    rows = found["phone"] if found else []
    return [[row["name"], row["description"], text(row["devicePoolName"]), row["uuid"]] for row in rows]


NEW = {
    "name": "SEP0000000000F1",
    "product": "Cisco 8845",
    "class": "Phone",
    "protocol": "SIP",
    "protocolSide": "User",
    "devicePoolName": "Default",
    "commonPhoneConfigName": "Standard Common Phone Profile",
    "locationName": "Hub_None",
    "useTrustedRelayPoint": "Default",
    "phoneTemplateName": "Standard 8845 SIP",
    "primaryPhoneName": None,
    "builtInBridgeStatus": "Default",
    "packetCaptureMode": "None",
    "certificateOperation": "No Pending Operation",
    "deviceMobilityMode": "Default",
    "lines": {"line": [{"index": 1, "dirn": {"pattern": "7001", "routePartitionName": "PT1"}}]},
}

partition = service.addRoutePartition(routePartition={"name": "PT1", "description": "One"})["return"]
line = service.addLine(line={"pattern": "7001", "usage": "Device", "routePartitionName": "PT1"})["return"]
added = service.addPhone(phone=NEW)["return"]
updated = service.updatePhone(name="SEP0000000000F1", description="Bar & lobby")["return"]
phone = service.getPhone(name="SEP0000000000F1")["return"]["phone"]
reset = service.doDeviceReset(deviceName="SEP0000000000F1", isHardReset="true")["return"]
print(
    json.dumps(
        {
            "version": service.getCCMVersion()["return"]["componentVersion"]["version"],
            "phones": phones("SEP%"),
            "none": phones("nobody"),
            "uuids": [partition, line, added, updated, reset],
            "phone": {
                "name": phone["name"],
                "description": phone["description"],
                "product": phone["product"],
                "pool": text(phone["devicePoolName"]),
                "line": phone["lines"]["line"][0]["dirn"]["pattern"],
                "partition": text(phone["lines"]["line"][0]["dirn"]["routePartitionName"]),
                "uuid": phone["uuid"],
            },
            "nodes": [
                node["name"]
                for node in service.listProcessNode(searchCriteria={"name": "%"}, returnedTags={"name": ""})["return"][
                    "processNode"
                ]
            ],
            "removed": service.removePhone(name="SEP0000000000F1")["return"],
            "fault": fault(lambda: service.getPhone(name="SEP0000000000F1")),
        }
    )
)
